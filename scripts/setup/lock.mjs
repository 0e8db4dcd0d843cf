// One set-up at a time per cache entry and per checkout. The lock is a file that is linked into place with its content,
// so nobody sees it half-written. Its owner touches it every two seconds; a lock is stale when its owner's process is
// gone (same machine) or has not touched it for a minute (another machine, or a process id that was given away again).
// Whoever builds does so in a folder of its own, so that even a lock broken in error costs time and not correctness.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onExit } from './exit-tasks.mjs';
import { say } from './messages.mjs';

const HEARTBEAT_MS = 2_000;
const STALE_MS = 60_000;
const POLL_MS = 150;

/** @typedef {{ pid: number, host: string, token: string }} Owner */

/**
 * Runs `work` as the only holder of the lock, waiting for another holder first.
 * @template T
 * @param {string} path the lock file
 * @param {string} purpose what the lock is for, as the waiting message names it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, purpose, work) {
  /** @type {Owner} */
  const self = { pid: process.pid, host: hostname(), token: randomUUID() };
  mkdirSync(dirname(path), { recursive: true });
  await acquire(path, purpose, self);
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  const release = () => {
    if (readOwner(path)?.token === self.token) rmSync(path, { force: true });
  };
  const withdraw = onExit(release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    withdraw();
    release();
  }
}

/**
 * @param {string} path
 * @param {string} purpose
 * @param {Owner} self
 */
async function acquire(path, purpose, self) {
  let announced = false;
  while (!tryTake(path, self)) {
    const owner = readOwner(path);
    if (owner === undefined) continue;
    if (isStale(path, owner)) {
      breakLock(path, owner);
      continue;
    }
    if (!announced)
      say(
        `waiting for another set-up, pid ${owner.pid}${owner.host === self.host ? '' : ` on ${owner.host}`}, ${purpose}`,
      );
    announced = true;
    await delay(POLL_MS);
  }
}

/**
 * @param {string} path
 * @param {Owner} self
 * @returns {boolean} whether the lock is ours now
 */
function tryTake(path, self) {
  const draft = `${path}.${self.token}`;
  writeFileSync(draft, JSON.stringify(self));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {Owner | undefined} undefined when nobody holds the lock
 */
function readOwner(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, host: '', token: '' }; // not ours, or cut short by a full disk
    throw error;
  }
}

/**
 * @param {string} path
 * @param {Owner} owner
 */
function isStale(path, owner) {
  if (owner.host === hostname() && !isAlive(owner.pid)) return true;
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && Date.now() - touched > STALE_MS;
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Takes a stale lock away. Between our look and our move another waiter may have done so and taken the lock itself:
 * then what we moved is its fresh lock, and it goes back.
 * @param {string} path
 * @param {Owner} stale
 */
function breakLock(path, stale) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (readOwner(aside)?.token !== stale.token) linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} path */
function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // somebody took the lock for stale while this process was suspended; see the top of the file
  }
}
