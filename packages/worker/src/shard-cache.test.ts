import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeSafetensors } from '@lockstep/core';
import { MemoryNetwork, type ObjectStore } from '@lockstep/transport';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RowPlace } from './shard.js';
import { ShardCache } from './shard-cache.js';
import { ShardFolder } from './shard-folder.js';

let folder: string;
let network: MemoryNetwork;
let store: ObjectStore;
/** Names of objects that were fetched. */
let fetched: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lockstep-test-'));
  network = new MemoryNetwork();
  store = await network.connect('worker').objectStore('shards');
  fetched = [];
  network.storeFault = ({ kind, name }) => {
    if (kind === 'get') fetched.push(name);
    return 'none';
  };
});

// Again, if a shard that was fetched ahead is just being written.
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Stores a shard of one row of 1,000 bytes, each of that value, and returns its hash. */
async function putShard(value: number): Promise<string> {
  const bytes = writeSafetensors([
    ['x', { dtype: 'U8', shape: [1, 1000], data: new Uint8Array(1000).fill(value) }],
    ['y', { dtype: 'I32', shape: [1], data: Int32Array.of(value) }],
  ]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await store.put(sha256, bytes);
  return sha256;
}

const open = (limitBytes = 1e6, diskBytes = 1e9) =>
  new ShardCache(new ShardFolder(folder, diskBytes), store, limitBytes);

/** The first row of a shard. */
async function firstRow(cache: ShardCache, sha256: string): Promise<{ x: Uint8Array; y: Int32Array }> {
  const target = { x: new Uint8Array(1000), y: new Int32Array(1), width: 1000, targets: 1 };
  await cache.copyRows(sha256, [{ row: 0, place: 0 }], target);
  return target;
}

it('fetches a shard once, however many want it, and reads it from disk the next time', async () => {
  const sha256 = await putShard(7);
  const cache = open();
  const both = await Promise.all([firstRow(cache, sha256), firstRow(cache, sha256)]);
  for (const { x, y } of both) expect([x[999], y[0]]).toEqual([7, 7]);
  expect((await firstRow(open(), sha256)).y[0]).toBe(7);
  expect(fetched).toEqual([sha256]);
});

it('says where rows were found and what is kept near', async () => {
  const [first, second] = [await putShard(1), await putShard(2)];
  const cache = open(1500);
  expect([await cache.diskBytes, cache.bytes]).toEqual([0, 0]);
  for (const sha256 of [first, first, second, second]) await firstRow(cache, sha256);
  expect(cache.served).toEqual({ memory: 1, disk: 1, store: 2 });
  const again = open(1500);
  await firstRow(again, first);
  expect(again.served).toEqual({ memory: 0, disk: 1, store: 0 });
  const bytes = (await readFile(path.join(folder, first))).length + (await readFile(path.join(folder, second))).length;
  expect([await cache.diskBytes, await again.diskBytes]).toEqual([bytes, bytes]);
});

it('fetches a shard again whose file is damaged, cut short or empty', async () => {
  const sha256 = await putShard(7);
  const file = path.join(folder, sha256);
  await firstRow(open(), sha256);
  const whole = await readFile(file);
  const flipped = Uint8Array.from(whole);
  flipped[500] = (flipped[500] ?? 0) ^ 1;
  for (const damaged of [flipped, whole.subarray(0, 700), new Uint8Array(0)]) {
    await writeFile(file, damaged);
    expect((await firstRow(open(), sha256)).x[500]).toBe(7);
    expect(Buffer.compare(await readFile(file), whole)).toBe(0);
  }
  expect(fetched).toHaveLength(4);
});

it('refuses an object whose bytes are not those of its name, and keeps nothing of it', async () => {
  const sha256 = await putShard(7);
  await store.put(sha256, new Uint8Array(100));
  const cache = open();
  await expect(firstRow(cache, sha256)).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
  network.damageObject('shards', sha256);
  await expect(firstRow(cache, sha256)).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
  expect(await readdir(folder).catch(() => [])).toEqual([]);
  await putShard(7);
  expect((await firstRow(cache, sha256)).y[0]).toBe(7);
});

it('says which shard is not there, and which is none', async () => {
  await expect(firstRow(open(), '0'.repeat(64))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const bytes = writeSafetensors([['z', { dtype: 'U8', shape: [1], data: Uint8Array.of(1) }]]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await store.put(sha256, bytes);
  await expect(firstRow(open(), sha256)).rejects.toMatchObject({ code: 'INVALID_DATASET' });
});

it('tries again when the store does not answer', async () => {
  const sha256 = await putShard(7);
  let failures = 2;
  network.storeFault = () => (failures-- > 0 ? 'fail' : 'none');
  expect((await firstRow(open(), sha256)).y[0]).toBe(7);
});

it('keeps no more in memory than its limit, and reads rows of the others from their files', async () => {
  const hashes = [await putShard(1), await putShard(2), await putShard(3)] as const;
  const cache = open(2500);
  for (const round of [1, 2, 3]) {
    for (const [index, sha256] of hashes.entries()) {
      expect([round, (await firstRow(cache, sha256)).y[0]]).toEqual([round, index + 1]);
    }
  }
  expect(cache.bytes).toBeLessThanOrEqual(2500);
  expect(fetched).toEqual([...hashes]);
});

it('lets a shard go that nobody has asked for in a long while', async () => {
  const [old, one, two] = [await putShard(1), await putShard(2), await putShard(3)] as const;
  const cache = open(2500);
  for (const sha256 of [old, one]) await firstRow(cache, sha256);
  for (let request = 0; request < 5000; request += 1) await firstRow(cache, one);
  await firstRow(cache, two);
  await rm(folder, { recursive: true });
  expect((await firstRow(cache, two)).y[0]).toBe(3);
  expect(fetched).toEqual([old, one, two]);
  expect((await firstRow(cache, old)).y[0]).toBe(1);
  expect(fetched).toEqual([old, one, two, old]);
});

/** 3,000 rows of 50 numbers with two targets each, so that rows lie across the blocks of the file. */
async function putRows(): Promise<string> {
  const x = Float32Array.from({ length: 3000 * 50 }, (_, index) => index / 7);
  const y = Float32Array.from({ length: 3000 * 2 }, (_, index) => -index);
  const bytes = writeSafetensors([
    ['x', { dtype: 'F32', shape: [3000, 50], data: x }],
    ['y', { dtype: 'F32', shape: [3000, 2], data: y }],
  ]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await store.put(sha256, bytes);
  return sha256;
}

const PLACES: readonly RowPlace[] = [2999, 0, 327, 328, 1500, 0].map((place, row) => ({ row, place }));

async function someRows(cache: ShardCache, sha256: string): Promise<number[][]> {
  const target = { x: new Float32Array(6 * 50), y: new Float32Array(6 * 2), width: 50, targets: 2 };
  await cache.copyRows(sha256, PLACES, target);
  return [[...target.x], [...target.y]];
}

it('gives the same rows from memory and from the file', async () => {
  const sha256 = await putRows();
  const fromMemory = await someRows(open(), sha256);
  const small = open(0);
  expect(await someRows(small, sha256)).toEqual(fromMemory);
  expect(await someRows(small, sha256)).toEqual(fromMemory);
  expect(fromMemory[1]?.slice(0, 4)).toEqual([-5998, -5999, -0, -1]);
  expect([fetched, small.bytes]).toEqual([[sha256], 0]);
});

it('notices a bit that changes, and a file that goes away, while it is in use', async () => {
  const sha256 = await putRows();
  const cache = open(0);
  const rows = await someRows(cache, sha256);
  const file = path.join(folder, sha256);
  const damaged = await readFile(file);
  damaged[300_200] = (damaged[300_200] ?? 0) ^ 1;
  for (const spoil of [
    () => writeFile(file, damaged),
    () => writeFile(file, damaged.subarray(0, 9000)),
    () => rm(file),
  ]) {
    await spoil();
    expect(await someRows(cache, sha256)).toEqual(rows);
  }
  expect(fetched).toHaveLength(4);
});

it('keeps no more on disk than its limit, what was not used for longest going first', async () => {
  let now = 1e12;
  const disk = new ShardFolder(folder, 3500, () => now);
  const cache = new ShardCache(disk, store, 0);
  const hashes = await Promise.all(Array.from({ length: 6 }, (_, value) => putShard(value)));
  for (const sha256 of hashes.slice(0, 3)) {
    now += 60_000;
    await firstRow(cache, sha256);
    await utimes(path.join(folder, sha256), now / 1000, now / 1000);
  }
  for (const [value, sha256] of hashes.entries()) {
    now += 60_000;
    expect((await firstRow(cache, sha256)).y[0]).toBe(value);
    const names = await readdir(folder);
    expect(names.length).toBeLessThanOrEqual(3);
    expect(names).toContain(sha256);
  }
});

it('shares its folder with other workers', async () => {
  const hashes = await Promise.all(Array.from({ length: 8 }, (_, value) => putShard(value)));
  const caches = [open(0, 4000), open(0, 4000), open(2500, 4000)];
  for (let round = 0; round < 5; round += 1) {
    const rows = caches.flatMap((cache) => hashes.map((sha256) => firstRow(cache, sha256)));
    expect((await Promise.all(rows)).map(({ y }) => y[0])).toEqual(caches.flatMap(() => [...hashes.keys()]));
  }
});

it('does not block itself when many shards are asked for at once', async () => {
  const hashes = await Promise.all(Array.from({ length: 20 }, (_, value) => putShard(value)));
  const cache = open(1500);
  const rows = await Promise.all([...hashes, ...hashes].map((sha256) => firstRow(cache, sha256)));
  expect(rows.map(({ y }) => y[0])).toEqual([...Array(20).keys(), ...Array(20).keys()]);
});

it('lives without its folder when that cannot be written', async () => {
  const sha256 = await putShard(7);
  const file = path.join(folder, 'a-file');
  await writeFile(file, '');
  const cache = new ShardCache(new ShardFolder(path.join(file, 'below'), 1e9), store, 0);
  expect((await firstRow(cache, sha256)).y[0]).toBe(7);
});

const BYTES = 1000;
const ahead = (hashes: readonly string[]) => hashes.map((sha256) => ({ sha256, bytes: BYTES, count: 1 }));

it('fetches shards ahead, each once, and does not mind that one is not there', async () => {
  const hashes = await Promise.all([1, 2, 3, 4].map(putShard));
  const cache = open(0);
  cache.fetchAhead('job', ahead([hashes[0] as string, '0'.repeat(64), ...hashes.slice(1)]));
  await expect.poll(() => readdir(folder)).toEqual([...hashes].sort());
  cache.fetchAhead('job', ahead(hashes));
  for (const [index, sha256] of hashes.entries()) expect((await firstRow(cache, sha256)).y[0]).toBe(index + 1);
  expect(fetched.filter((name) => hashes.includes(name))).toHaveLength(4);
});

it('fetches what is asked for now before what is fetched ahead', async () => {
  const hashes = await Promise.all(Array.from({ length: 12 }, (_, value) => putShard(value)));
  const [now, later] = [hashes.slice(0, 6), hashes.slice(6)];
  const cache = open(0);
  const rows = Promise.all(now.map((sha256) => firstRow(cache, sha256)));
  cache.fetchAhead('job', ahead(later));
  await rows;
  await expect.poll(() => fetched).toHaveLength(12);
  // No more than one that is asked for may still be under way.
  expect(fetched.findIndex((sha256) => later.includes(sha256))).toBeGreaterThanOrEqual(5);
});

it('fetches no more ahead than its limits have room for, and forgets what is not wanted any more', async () => {
  const hashes = await Promise.all(Array.from({ length: 12 }, (_, value) => putShard(value)));
  const small = open(0, 8 * BYTES);
  small.fetchAhead('job', ahead(hashes));
  await expect.poll(() => fetched).toHaveLength(4);
  // Two at a time, of which the second may overtake the first.
  expect(new Set(fetched)).toEqual(new Set(hashes.slice(0, 4)));
  const cache = open(0);
  cache.fetchAhead('job', ahead(hashes.slice(6)));
  cache.fetchAhead('job', []);
  await firstRow(cache, hashes[5] as string);
  await expect.poll(() => new Set(fetched.slice(4))).toEqual(new Set(hashes.slice(5, 8)));
  await firstRow(cache, hashes[4] as string);
  expect(fetched).toHaveLength(8);
});
