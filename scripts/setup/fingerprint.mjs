// Short names for the state of files: by content where it must be right, by size and time where it must be quick.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** @typedef {{ size: number, mtimeMs: number }} Glance */

/**
 * @param {string} path
 * @returns {Promise<string>} SHA-256 in hex, read piece by piece: libtensorflow has 800 MB
 */
export function sha256OfFile(path) {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(path, { highWaterMark: 1 << 20 })
      .on('data', (piece) => hash.update(piece))
      .on('error', reject)
      .on('end', () => resolve(hash.digest('hex')));
  });
}

/**
 * One hash over files and their names.
 * @param {string} folder
 * @param {readonly string[]} names relative to the folder; one that does not exist counts as empty
 * @param {readonly string[]} [extra] further texts that belong to the state, such as a version
 */
export function hashContents(folder, names, extra = []) {
  const hash = createHash('sha256');
  for (const text of extra) hash.update(`${text}\0`);
  for (const name of names) {
    const path = join(folder, name);
    const content = existsSync(path) ? readFileSync(path) : '';
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * One hash over the sizes and times of files: milliseconds for a whole source tree.
 * @param {string} folder
 * @param {readonly string[]} names
 */
export function hashGlances(folder, names) {
  const hash = createHash('sha256');
  for (const name of names) {
    const seen = glance(join(folder, name));
    hash.update(`${name}\0${seen?.size}\0${seen?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {Glance | undefined} undefined when there is no such file
 */
export function glance(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && { size: stat.size, mtimeMs: stat.mtimeMs };
}

/**
 * @param {Glance | undefined} a
 * @param {Glance | undefined} b
 */
export const sameGlance = (a, b) => a !== undefined && b !== undefined && a.size === b.size && a.mtimeMs === b.mtimeMs;

/**
 * @param {string} folder
 * @param {readonly string[]} [skipped] names of folders that are left out wherever they are
 * @param {string} [under]
 * @returns {string[]} paths of all files below, relative to the folder, sorted; none when it does not exist
 */
export function filesBelow(folder, skipped = [], under = '') {
  const found = [];
  const start = join(folder, under);
  for (const entry of existsSync(start) ? readdirSync(start, { withFileTypes: true }) : []) {
    const name = join(under, entry.name);
    if (entry.isDirectory()) found.push(...(skipped.includes(entry.name) ? [] : filesBelow(folder, skipped, name)));
    else found.push(name);
  }
  return found.sort();
}

/**
 * @param {string} path
 * @returns {any} undefined when the file is missing or is not JSON: a stamp that cannot be read is no stamp
 */
export function readStamp(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Writes a stamp so that it is there whole or not at all.
 * @param {string} path
 * @param {unknown} value
 */
export function writeStamp(path, value) {
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(draft, path);
}
