// Folders in the cache that are there whole or not at all. An entry is made in a folder beside its place and renamed
// into it. Its manifest.json tells what belongs in it; daily starts compare sizes and times with it, which takes a
// millisecond, and hash everything only when those differ (a restored or damaged cache) or when doctor asks.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { onExit } from './exit-tasks.mjs';
import { filesBelow, glance, hashContents, readStamp, sameGlance, sha256OfFile, writeStamp } from './fingerprint.mjs';
import { isAlive, withLock } from './lock.mjs';
import { say } from './messages.mjs';

const MANIFEST = 'manifest.json';

/** @typedef {{ path: string, size: number, mtimeMs: number, sha256: string }} ManifestFile */
/** @typedef {{ path: string, count: number, sha256: string }} ManifestTree many small files under one hash */
/** @typedef {{ files: ManifestFile[], trees: ManifestTree[] }} Manifest */
/** @typedef {{ files: string[], trees?: string[] }} Contents what an entry consists of, relative to its folder */
/**
 * @typedef {object} Recipe
 * @property {string} name the entry's folder name in the cache
 * @property {string} label what messages call it
 * @property {(folder: string) => Promise<Contents>} make fills an empty folder
 */

/**
 * The entry's folder, made first if it is missing or damaged.
 * @param {string} cache
 * @param {Recipe} recipe
 * @returns {Promise<string>}
 */
export async function ensureEntry(cache, recipe) {
  const place = join(cache, recipe.name);
  if (looksSound(place)) return place;
  return withLock(`${place}.lock`, `which is preparing ${recipe.label}`, async () => {
    if (looksSound(place) || (await isSoundAfterAll(place, recipe.label))) return place;
    removeLeftovers(cache, recipe.name);
    await makeEntry(place, recipe);
    return place;
  });
}

/**
 * @param {string} place
 * @returns {boolean} whether sizes and times are as the manifest says
 */
export function looksSound(place) {
  /** @type {Manifest | undefined} */
  const manifest = readStamp(join(place, MANIFEST));
  return manifest !== undefined && manifest.files.every((file) => sameGlance(glance(join(place, file.path)), file));
}

/**
 * Reads every byte of an entry.
 * @param {string} place
 * @returns {Promise<string | undefined>} the first fault, or undefined when there is none
 */
export async function findFault(place) {
  /** @type {Manifest | undefined} */
  const manifest = readStamp(join(place, MANIFEST));
  if (manifest === undefined) return 'it has no manifest';
  for (const file of manifest.files) {
    const size = glance(join(place, file.path))?.size;
    if (size === undefined) return `${file.path} is missing`;
    if (size !== file.size) return `${file.path} has ${size} bytes instead of ${file.size}`;
    if ((await sha256OfFile(join(place, file.path))) !== file.sha256) return `${file.path} has another SHA-256`;
  }
  for (const tree of manifest.trees) {
    const found = describeTree(place, tree.path);
    if (found.sha256 !== tree.sha256)
      return `${tree.path} differs (${found.count} files instead of ${tree.count}, or other content)`;
  }
  return undefined;
}

/**
 * Sizes or times differ, but a copied or restored cache has the right bytes with new times: then only the times are noted.
 * A damaged entry is thrown away.
 * @param {string} place
 * @param {string} label
 */
async function isSoundAfterAll(place, label) {
  if (!existsSync(place)) return false;
  const fault = await findFault(place);
  if (fault !== undefined) {
    say(`${label}: the copy in the cache is damaged (${fault}) and is made again`);
    discard(place);
    return false;
  }
  const manifest = readStamp(join(place, MANIFEST));
  const files = manifest.files.map((/** @type {ManifestFile} */ file) => ({
    ...file,
    ...glance(join(place, file.path)),
  }));
  writeStamp(join(place, MANIFEST), { ...manifest, files });
  return true;
}

/**
 * @param {string} place
 * @param {Recipe} recipe
 */
async function makeEntry(place, recipe) {
  const draft = `${place}.tmp-${process.pid}-${randomUUID().slice(0, 8)}`;
  const remove = () => rmSync(draft, { recursive: true, force: true, maxRetries: 5 });
  const withdraw = onExit(remove);
  mkdirSync(draft, { recursive: true });
  try {
    const contents = await recipe.make(draft);
    writeStamp(join(draft, MANIFEST), await describe(draft, contents));
    renameSync(draft, place);
  } catch (error) {
    // Another set-up that took our lock for stale was faster: its entry is as good as ours.
    if (!looksSound(place)) throw error;
  } finally {
    remove();
    withdraw();
  }
}

/**
 * @param {string} place
 * @param {Contents} contents
 * @returns {Promise<Manifest>}
 */
async function describe(place, { files, trees = [] }) {
  const described = [];
  for (const path of files) {
    await flush(join(place, path));
    const { size, mtimeMs } = glance(join(place, path)) ?? { size: 0, mtimeMs: 0 };
    described.push({ path, size, mtimeMs, sha256: await sha256OfFile(join(place, path)) });
  }
  return { files: described, trees: trees.map((path) => describeTree(place, path)) };
}

/**
 * @param {string} place
 * @param {string} path
 * @returns {ManifestTree}
 */
function describeTree(place, path) {
  const names = filesBelow(join(place, path));
  return { path, count: names.length, sha256: hashContents(join(place, path), names) };
}

/**
 * Puts the bytes on the disk: after a power cut a renamed folder must not hold files of zeros with the right size.
 * @param {string} path
 */
async function flush(path) {
  const file = await open(path, 'r');
  await file.datasync().finally(() => file.close());
}

/**
 * Renamed first, so that no other process finds half of it.
 * @param {string} place
 */
function discard(place) {
  const aside = `${place}.tmp-${process.pid}-discarded`;
  renameSync(place, aside);
  rmSync(aside, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Folders of processes that were killed before they could tidy up.
 * @param {string} cache
 * @param {string} name
 */
function removeLeftovers(cache, name) {
  const prefix = `${name}.tmp-`;
  for (const found of existsSync(cache) ? readdirSync(cache) : []) {
    const pid = found.startsWith(prefix) ? Number.parseInt(found.slice(prefix.length), 10) : undefined;
    if (pid !== undefined && !isAlive(pid)) rmSync(join(cache, found), { recursive: true, force: true });
  }
}
