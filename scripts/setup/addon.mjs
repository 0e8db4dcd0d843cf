// The native half of tfjs-node, built from the (patched) sources inside the npm package.
//
// It is compiled directly rather than with node-gyp. The addon is two C++ files against Node-API, a plain C interface
// with a stable ABI: one build serves Node 20 to 26. node-gyp would add three ways to fail: no version of it runs on
// all of these Nodes, it downloads Node's full headers wherever they are not installed, and make breaks on the `=` in
// the folder name that pnpm gives to a patched package. The four headers come from the npm package `node-api-headers`.
import { existsSync, copyFileSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ensureEntry, looksSound } from './cache-entry.mjs';
import { lastLines, run } from './children.mjs';
import { filesBelow, glance, hashContents, readStamp, sameGlance, sha256OfFile, writeStamp } from './fingerprint.mjs';
import { libtensorflowName, TENSORFLOW_VERSION } from './libtensorflow.mjs';
import { findCompiler } from './machine.mjs';
import { say, sayTransient, SetupError, stopwatch } from './messages.mjs';
import { tidy } from './places.mjs';

const LABEL = 'native addon';
const BINARY = 'tfjs_binding.node';
const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
const FLAGS = ['-std=c++17', '-O3', '-fPIC', '-shared', '-DNAPI_VERSION=8'];
/** Where tfjs-node looks for the addon, and from there the addon for libtensorflow. */
const ADDON_FOLDER = 'lib/napi-v8';
const LIBRARY_PATH = '-Wl,-rpath,$ORIGIN/../../deps/lib';

/**
 * @param {string} checkout
 * @returns {string | undefined} the folder of tfjs-node, undefined before the dependencies are installed
 */
function tfjsNodeFolder(checkout) {
  const link = join(checkout, 'packages/engine/node_modules/@tensorflow/tfjs-node');
  return existsSync(link) ? realpathSync(link) : undefined;
}

/**
 * @param {string} tfjsNode
 * @returns {string} hash over all that decides what the addon does, apart from the compiler
 */
function sourceHash(tfjsNode) {
  const sources = filesBelow(join(tfjsNode, 'binding'));
  return hashContents(join(tfjsNode, 'binding'), sources, [...FLAGS, LIBRARY_PATH, TENSORFLOW_VERSION, process.arch]);
}

/** @param {string} tfjsNode */
const stampPath = (tfjsNode) => join(tfjsNode, ADDON_FOLDER, 'lockstep.json');

/**
 * @param {string} checkout
 * @param {string} cache
 * @returns {string | undefined} why the checkout does not have the right addon, going by sizes and times
 */
function quickFault(checkout, cache) {
  const tfjsNode = tfjsNodeFolder(checkout);
  if (tfjsNode === undefined) return 'the dependencies are not installed';
  const stamp = readStamp(stampPath(tfjsNode));
  if (stamp === undefined) return 'it has not been built';
  if (stamp.sources !== sourceHash(tfjsNode)) return 'it was built from other sources';
  const wanted = join(cache, libtensorflowName());
  const deps = join(tfjsNode, 'deps');
  if (!existsSync(wanted) || !existsSync(deps) || realpathSync(deps) !== realpathSync(wanted))
    return `it is not linked to ${tidy(wanted)}`;
  return sameGlance(glance(join(tfjsNode, ADDON_FOLDER, BINARY)), stamp)
    ? undefined
    : `${BINARY} was changed or removed`;
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @returns {boolean} whether the checkout holds the right addon and links to the cache's libtensorflow
 */
export const addonInPlace = (checkout, cache) => quickFault(checkout, cache) === undefined;

/**
 * The same with every byte compared.
 * @param {string} checkout
 * @param {string} cache
 */
export async function addonFault(checkout, cache) {
  const fault = quickFault(checkout, cache);
  if (fault !== undefined) return fault;
  const tfjsNode = /** @type {string} */ (tfjsNodeFolder(checkout));
  const { sha256 } = readStamp(stampPath(tfjsNode));
  return (await sha256OfFile(join(tfjsNode, ADDON_FOLDER, BINARY))) === sha256
    ? undefined
    : `${BINARY} in the checkout has another SHA-256`;
}

/**
 * @param {string} checkout
 * @returns {string | undefined} the cache entry that the checkout's addon was copied from
 */
export function addonEntryName(checkout) {
  const tfjsNode = tfjsNodeFolder(checkout);
  return tfjsNode && readStamp(stampPath(tfjsNode))?.entry;
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @param {string} libtensorflow folder with `lib/` and `include/`
 */
export async function ensureAddon(checkout, cache, libtensorflow) {
  if (addonInPlace(checkout, cache)) return;
  const tfjsNode = tfjsNodeFolder(checkout);
  if (tfjsNode === undefined) {
    throw new SetupError(
      'packages/engine/node_modules/@tensorflow/tfjs-node is missing. Delete node_modules and run `npm run setup` again.',
    );
  }
  const compiler = await findCompiler();
  if (compiler === undefined) throw new SetupError('no C++17 compiler was found. Install g++ or clang++.');
  const sources = sourceHash(tfjsNode);
  const key = createHash('sha256').update(`${sources}\0${compiler.version}`).digest('hex').slice(0, 16);
  const name = `addon-${TENSORFLOW_VERSION}-${process.arch}-${key}`;
  const known = looksSound(join(cache, name));
  const make = (/** @type {string} */ folder) =>
    build(folder, { tfjsNode, libtensorflow, compiler: compiler.command, headers: nodeHeaders(checkout) });
  const entry = await ensureEntry(cache, { name, label: `the ${LABEL}`, make });
  await place(tfjsNode, entry, libtensorflow, { sources, entry: name });
  if (known) say(`${LABEL}: taken from the cache`);
}

/**
 * @param {string} checkout
 * @returns {string} the folder with node_api.h
 */
function nodeHeaders(checkout) {
  const own = join(dirname(process.execPath), '../include/node');
  try {
    return join(
      dirname(createRequire(join(checkout, 'package.json')).resolve('node-api-headers/package.json')),
      'include',
    );
  } catch {
    if (existsSync(join(own, 'node_api.h'))) return own;
  }
  throw new SetupError(
    `node_api.h is neither in the npm package node-api-headers nor in ${own}. Delete node_modules and run \`npm run setup\` again.`,
  );
}

/**
 * Builds in the layout of the package, so that the addon can be tried before anybody sees it.
 * @param {string} folder
 * @param {{ tfjsNode: string, libtensorflow: string, compiler: string[], headers: string }} from
 */
async function build(folder, { tfjsNode, libtensorflow, compiler, headers }) {
  const took = stopwatch();
  sayTransient(`${LABEL}: building`);
  const binary = join(folder, ADDON_FOLDER, BINARY);
  mkdirSync(dirname(binary), { recursive: true });
  symlinkSync(libtensorflow, join(folder, 'deps'));
  const [program, ...leading] = compiler;
  const outcome = await run(program, [
    ...[...leading, ...FLAGS, '-I', headers, '-I', join(libtensorflow, 'include')],
    ...[...SOURCES.map((name) => join(tfjsNode, name)), '-o', binary],
    ...['-L', join(libtensorflow, 'lib'), '-ltensorflow', '-ltensorflow_framework', LIBRARY_PATH],
  ]);
  if (outcome.code !== 0)
    throw new SetupError(
      `the ${LABEL} could not be built with ${compiler.join(' ')}:\n${lastLines(outcome.output, 20)}`,
    );
  await tryLoading(binary);
  say(`${LABEL}: built (${took()})`);
  return { files: [`${ADDON_FOLDER}/${BINARY}`] };
}

/** @param {string} binary */
async function tryLoading(binary) {
  const outcome = await run(process.execPath, ['-p', `require(${JSON.stringify(binary)}).TF_Version`], {
    env: { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (outcome.code === 0 && outcome.output.trim().endsWith(TENSORFLOW_VERSION)) return;
  throw new SetupError(`the ${LABEL} was built but cannot be loaded:\n${lastLines(outcome.output)}`);
}

/**
 * Puts the addon and the link to libtensorflow into the package. Each is renamed over the old one, never written into
 * it: running processes keep theirs.
 * @param {string} tfjsNode
 * @param {string} entry
 * @param {string} libtensorflow
 * @param {{ sources: string, entry: string }} origin
 */
async function place(tfjsNode, entry, libtensorflow, origin) {
  const suffix = randomUUID();
  const binary = join(tfjsNode, ADDON_FOLDER, BINARY);
  const source = join(entry, ADDON_FOLDER, BINARY);
  mkdirSync(dirname(binary), { recursive: true });
  copyFileSync(source, `${binary}.${suffix}`);
  renameSync(`${binary}.${suffix}`, binary);
  const deps = join(tfjsNode, 'deps');
  symlinkSync(libtensorflow, `${deps}.${suffix}`);
  try {
    renameSync(`${deps}.${suffix}`, deps);
  } catch {
    rmSync(deps, { recursive: true }); // a folder that somebody made by hand
    renameSync(`${deps}.${suffix}`, deps);
  }
  writeStamp(stampPath(tfjsNode), { ...origin, ...glance(binary), sha256: await sha256OfFile(binary) });
}
