// `npm run test:node -- 24`: the native and end-to-end tests under another version of Node, which npm brings. Further
// arguments go to vitest. The tests start their own processes with process.execPath, so those run under it as well.
import { spawn } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ensureEntry } from './setup/cache-entry.mjs';
import { endChildren, lastLines, run } from './setup/children.mjs';
import { handleSignals, isStopping, onExit } from './setup/exit-tasks.mjs';
import { say, SetupError } from './setup/messages.mjs';
import { cacheFolder, CHECKOUT } from './setup/places.mjs';

/** By major version: what is tested, pinned so that a failure can be had again. @type {Record<string, string>} */
const VERSIONS = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

/**
 * @param {string} major
 * @returns {Promise<string>} the path of a Node of that major version: the running one if it fits
 */
async function nodeOf(major) {
  if (process.versions.node.split('.')[0] === major) return process.execPath;
  const version = VERSIONS[major];
  const label = `Node ${version}`;
  const name = `node-${version}-${process.arch}`;
  const place = await ensureEntry(cacheFolder(), { name, label, make: (folder) => install(folder, version, label) });
  return join(place, 'bin', 'node');
}

/**
 * The npm package `node` downloads one of these in an install script; taking that one directly needs no script.
 * @param {string} folder
 * @param {string} version
 * @param {string} label
 */
async function install(folder, version, label) {
  const name = `node-linux-${process.arch}`;
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder];
  const outcome = await run('npm', ['install', ...options, `${name}@${version}`], { cwd: folder });
  if (outcome.code !== 0) throw new SetupError(`${label} could not be fetched from npm:\n${lastLines(outcome.output)}`);
  mkdirSync(join(folder, 'bin'));
  renameSync(join(folder, 'node_modules', name, 'bin', 'node'), join(folder, 'bin', 'node'));
  say(`${label}: downloaded, kept for next time`);
  return { files: ['bin/node'] };
}

/**
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<number>} vitest's exit code
 */
function runVitest(node, args) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'native', '--project', 'e2e', ...args];
  // On PATH as well, for scripts that start with `#!/usr/bin/env node`.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  return new Promise((resolve) => {
    const child = spawn(node, vitest, { cwd: CHECKOUT, env, stdio: 'inherit' });
    onExit(() => child.kill());
    child.on('error', () => resolve(1)).on('close', (code) => resolve(code ?? 1));
  });
}

async function main() {
  const [major, ...args] = process.argv.slice(2);
  if (major === undefined || !Object.hasOwn(VERSIONS, major)) {
    throw new SetupError(
      `name the version of Node: \`npm run test:node -- ${Object.keys(VERSIONS).join('|')} [arguments of vitest]\`.`,
    );
  }
  const node = await nodeOf(major);
  const { code, output } = await run(node, ['--version']);
  if (code !== 0) throw new SetupError(`${node} does not run:\n${lastLines(output)}`);
  console.error(`Node ${output.trim()} (${node})`);
  process.exitCode = await runVitest(node, args);
}

handleSignals();
await main().catch(async (error) => {
  if (isStopping()) return;
  await endChildren();
  say(error instanceof SetupError ? error.message : error.stack);
  process.exitCode = 1;
});
