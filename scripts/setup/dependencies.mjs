// The npm packages, exactly as pnpm-lock.yaml has them. pnpm is not on a fresh machine, so npx fetches the version that
// package.json names.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastLines, run } from './children.mjs';
import { filesBelow, hashContents, readStamp, writeStamp } from './fingerprint.mjs';
import { say, sayTransient, SetupError, stopwatch } from './messages.mjs';

/** npx has fetched the very version that package.json names: pnpm must not look itself up in the lockfile once more. */
const INSTALL = ['install', '--frozen-lockfile', '--config.pm-on-fail=ignore'];

/** In node_modules, so that it goes when that goes. */
const stampPath = (/** @type {string} */ checkout) => join(checkout, 'node_modules', '.lockstep-setup.json');

/**
 * @param {string} checkout
 * @returns {string[]} the package.json files of the workspace: at the root, one folder down, and in packages
 */
function packageFiles(checkout) {
  const folders = ['.', ...subfolders(checkout, '.'), ...subfolders(checkout, 'packages')];
  return folders.map((folder) => join(folder, 'package.json')).filter((file) => existsSync(join(checkout, file)));
}

/**
 * @param {string} checkout
 * @param {string} parent
 */
function subfolders(checkout, parent) {
  const hidden = (/** @type {string} */ name) => name.startsWith('.') || name === 'node_modules';
  const entries = existsSync(join(checkout, parent))
    ? readdirSync(join(checkout, parent), { withFileTypes: true })
    : [];
  return entries.filter((entry) => entry.isDirectory() && !hidden(entry.name)).map((entry) => join(parent, entry.name));
}

/** @param {string} checkout */
function inputsHash(checkout) {
  const patches = filesBelow(join(checkout, 'patches')).map((name) => join('patches', name));
  return hashContents(checkout, [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    '.npmrc',
    ...packageFiles(checkout),
    ...patches,
  ]);
}

/**
 * @param {string} checkout
 * @returns {boolean} whether node_modules is what the lockfile, as it is now, led to
 */
export function dependenciesInPlace(checkout) {
  if (readStamp(stampPath(checkout))?.inputs !== inputsHash(checkout)) return false;
  return packageFiles(checkout).every((file) => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(checkout, file), 'utf8'));
    const some = Object.keys({ ...dependencies, ...devDependencies }).length > 0;
    return !some || existsSync(join(checkout, dirname(file), 'node_modules'));
  });
}

/**
 * @param {string} checkout
 * @param {(checkout: string) => Promise<void>} [install] tests bring their own
 */
export async function ensureDependencies(checkout, install = installWithPnpm) {
  if (dependenciesInPlace(checkout)) return;
  const took = stopwatch();
  sayTransient('dependencies: installing');
  await install(checkout);
  writeStamp(stampPath(checkout), { inputs: inputsHash(checkout) });
  say(`dependencies: installed (${took()})`);
}

/** @param {string} checkout */
async function installWithPnpm(checkout) {
  const { packageManager } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  // CI=true: pnpm may replace a node_modules that another version made without asking, and prints no animation.
  const env = { ...process.env, CI: 'true' };
  const outcome = await run('npx', ['--yes', packageManager, ...INSTALL], { cwd: checkout, env });
  if (outcome.code === 0) return;
  throw new SetupError(
    `the npm packages could not be installed. \`npx ${packageManager} ${INSTALL.join(' ')}\` said:\n${lastLines(outcome.output)}`,
  );
}
