// The order of the set-up's steps. Each step looks first whether there is anything to do, so that a second run takes a
// fraction of a second and a run after `git pull` does only what changed.
import { join } from 'node:path';
import { addonInPlace, ensureAddon } from './addon.mjs';
import { buildInPlace, ensureBuild } from './build.mjs';
import { looksSound } from './cache-entry.mjs';
import { endChildren } from './children.mjs';
import { dependenciesInPlace, ensureDependencies } from './dependencies.mjs';
import { handleSignals, isStopping } from './exit-tasks.mjs';
import { ensureLibtensorflow, libtensorflowName } from './libtensorflow.mjs';
import { withLock } from './lock.mjs';
import { checkMachine, describeMissing } from './machine.mjs';
import { say, SetupError } from './messages.mjs';
import { ensureNatsServer, natsServerInPlace, natsServerMayBeFetched } from './nats-server.mjs';
import { cacheFolder, CHECKOUT, stateFolder } from './places.mjs';

/**
 * Sets up this checkout, and ends the process with 1 and a plain message if that fails.
 * @param {{ native: boolean }} what whether with the native files, which computing needs
 */
export async function runSetUp({ native }) {
  handleSignals();
  try {
    if (native) await setUp(CHECKOUT, cacheFolder(), process.env);
    else await setUpCommands(CHECKOUT, process.env);
  } catch (error) {
    if (isStopping()) return;
    await endChildren();
    say(describe(error));
    process.exitCode = 1;
  }
}

/**
 * Our own messages and the system's (no permission, disk full) stand for themselves; a stack is for faults of ours.
 * @param {any} error
 * @returns {string}
 */
function describe(error) {
  if (error instanceof SetupError) return error.message;
  if (error.syscall === undefined) return error.stack;
  const inCache = `${error.path ?? ''}`.startsWith(cacheFolder());
  return inCache ? `${error.message}. That is in the cache folder; LOCKSTEP_CACHE names another one.` : error.message;
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 */
async function setUp(checkout, cache, env) {
  if (nothingToDo(checkout, cache, env)) return say('everything is up to date');
  await requireMachine(checkout, cache, env);
  await locked(checkout, async () => {
    await ensureDependencies(checkout);
    const libtensorflow = await ensureLibtensorflow(cache);
    await ensureAddon(checkout, cache, libtensorflow);
    await ensureNatsServer(checkout, cache, env);
    await ensureBuild(checkout);
  });
}

/**
 * @param {string} checkout
 * @param {NodeJS.ProcessEnv} env
 */
async function setUpCommands(checkout, env) {
  await requireAll(['node', ...npmUnlessThere(checkout)], env);
  await locked(checkout, async () => {
    await ensureDependencies(checkout);
    await ensureBuild(checkout);
  });
}

/**
 * @param {string} checkout
 * @param {() => Promise<void>} steps
 */
function locked(checkout, steps) {
  return withLock(join(stateFolder(checkout), 'setup.lock'), 'which is working in this checkout', steps);
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 */
function nothingToDo(checkout, cache, env) {
  return (
    dependenciesInPlace(checkout) &&
    looksSound(join(cache, libtensorflowName())) &&
    addonInPlace(checkout, cache) &&
    natsServerInPlace(checkout, env) &&
    buildInPlace(checkout)
  );
}

/**
 * Asks for what the steps ahead will use, all at once, before any of them starts.
 * @param {string} checkout
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 */
async function requireMachine(checkout, cache, env) {
  /** @type {import('./machine.mjs').Topic[]} */
  const topics = ['node', 'platform', ...npmUnlessThere(checkout)];
  if (!looksSound(join(cache, libtensorflowName())) || natsServerMayBeFetched(checkout, cache, env))
    topics.push('python');
  if (!addonInPlace(checkout, cache)) topics.push('compiler');
  await requireAll(topics, env);
}

/**
 * @param {string} checkout
 * @returns {import('./machine.mjs').Topic[]}
 */
function npmUnlessThere(checkout) {
  return dependenciesInPlace(checkout) ? [] : ['npm'];
}

/**
 * @param {import('./machine.mjs').Topic[]} topics
 * @param {NodeJS.ProcessEnv} env
 */
async function requireAll(topics, env) {
  const failed = (await checkMachine(topics, env)).filter((check) => !check.ok);
  if (failed.length > 0) throw new SetupError(describeMissing(failed));
}
