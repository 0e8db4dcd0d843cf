// TypeScript to JavaScript. `tsc -b` alone takes seconds to find that nothing changed; the stamp takes milliseconds.
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { lastLines, run } from './children.mjs';
import { filesBelow, hashGlances, readStamp, writeStamp } from './fingerprint.mjs';
import { say, sayTransient, SetupError, stopwatch } from './messages.mjs';
import { stateFolder } from './places.mjs';

const NOT_SOURCES = ['node_modules', 'dist', '.lockstep'];
const SOURCE_FILE = /\.(ts|mts|cts|tsx|json)$|\/src\//;

/** @param {string} checkout */
const stampPath = (checkout) => join(stateFolder(checkout), 'build.json');

/**
 * @param {string} checkout
 * @returns {string[]} folders of the projects that the root tsconfig.json refers to
 */
function projects(checkout) {
  const { references } = JSON.parse(readFileSync(join(checkout, 'tsconfig.json'), 'utf8'));
  return references.map((/** @type {{ path: string }} */ reference) => normalize(reference.path));
}

/**
 * @param {string} checkout
 * @returns {{ inputs: string, outputs: string }} hashes over sizes and times of what goes into the build and comes out
 */
function state(checkout) {
  const inside = (/** @type {string} */ folder) => (/** @type {string} */ name) => join(folder, name);
  const sources = projects(checkout).flatMap((folder) =>
    filesBelow(join(checkout, folder), NOT_SOURCES).map(inside(folder)),
  );
  const outputs = projects(checkout).flatMap((folder) =>
    filesBelow(join(checkout, folder, 'dist')).map(inside(join(folder, 'dist'))),
  );
  const relevant = sources.filter((name) => SOURCE_FILE.test(name));
  return {
    inputs: hashGlances(checkout, ['tsconfig.json', 'tsconfig.base.json', 'pnpm-lock.yaml', ...relevant]),
    outputs: hashGlances(checkout, outputs),
  };
}

/** @param {string} checkout */
export function buildInPlace(checkout) {
  const stamp = readStamp(stampPath(checkout));
  if (stamp === undefined) return false;
  const now = state(checkout);
  return stamp.inputs === now.inputs && stamp.outputs === now.outputs;
}

/**
 * @param {string} checkout
 * @param {(checkout: string, force: boolean) => Promise<void>} [compile] tests bring their own
 */
export async function ensureBuild(checkout, compile = runTsc) {
  if (buildInPlace(checkout)) return;
  const took = stopwatch();
  sayTransient('build: running tsc');
  await compile(checkout, mustForce(checkout));
  writeStamp(stampPath(checkout), state(checkout));
  say(`build: done (${took()})`);
}

/**
 * @param {string} checkout
 * @param {boolean} force
 */
async function runTsc(checkout, force) {
  const args = ['node_modules/typescript/bin/tsc', '-b', ...(force ? ['--force'] : [])];
  const outcome = await run(process.execPath, args, { cwd: checkout });
  if (outcome.code !== 0)
    throw new SetupError(`the TypeScript build failed. \`npx tsc -b\` said:\n${lastLines(outcome.output, 40)}`);
}

/**
 * tsc goes by its .tsbuildinfo and takes a project for built although somebody deleted (part of) its dist.
 * @param {string} checkout
 */
function mustForce(checkout) {
  const unbuilt = (/** @type {string} */ folder) =>
    existsSync(join(checkout, folder, 'src')) && !existsSync(join(checkout, folder, 'dist'));
  return projects(checkout).some(unbuilt) || readStamp(stampPath(checkout))?.inputs === state(checkout).inputs;
}
