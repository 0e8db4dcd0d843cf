// Where things lie: in the checkout, and in the cache that all checkouts of a user share.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this checkout. */
export const CHECKOUT = resolve(fileURLToPath(import.meta.url), '../../..');

/** The folder of the requirements files and of `extract-wheel.py`. */
export const SETUP_FOLDER = join(CHECKOUT, 'scripts', 'setup');

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} the folder that holds libtensorflow and the like once per user
 */
export function cacheFolder(env = process.env) {
  if (env.LOCKSTEP_CACHE) return resolve(env.LOCKSTEP_CACHE);
  if (env.XDG_CACHE_HOME) return join(resolve(env.XDG_CACHE_HOME), 'lockstep');
  return join(homedir(), '.cache', 'lockstep');
}

/**
 * The checkout's own folder for what is not committed: the set-up's lock and stamps, and a link to nats-server.
 * @param {string} checkout
 */
export const stateFolder = (checkout) => join(checkout, '.lockstep');

/**
 * A path as a person would write it.
 * @param {string} path
 */
export function tidy(path) {
  const home = homedir();
  return path.startsWith(`${home}/`) ? `~/${path.slice(home.length + 1)}` : path;
}

/**
 * Where a program of that name may be, going by PATH.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]} paths, whether or not anything is there, best first
 */
export function searchPath(name, env) {
  if (name !== basename(name)) return [name];
  return (env.PATH ?? '')
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name));
}

/**
 * @param {string} path
 * @returns {boolean} whether it is a program that can be run
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
