import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeSafetensors } from '@lockstep/core';
import { MemoryNetwork, type ObjectStore } from '@lockstep/transport';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ShardCache } from './shard-cache.js';

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

afterEach(() => rm(folder, { recursive: true, force: true }));

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

const open = (limitBytes = 1e6) => new ShardCache(folder, store, limitBytes);

it('fetches a shard once, however many want it, and reads it from disk the next time', async () => {
  const sha256 = await putShard(7);
  const cache = open();
  const [one, two] = await Promise.all([cache.get(sha256), cache.get(sha256)]);
  expect(one).toBe(two);
  expect([one.x[999], one.y[0]]).toEqual([7, 7]);
  expect((await open().get(sha256)).y[0]).toBe(7);
  expect(fetched).toEqual([sha256]);
});

it('fetches a shard again whose file is damaged, cut short or empty', async () => {
  const sha256 = await putShard(7);
  const file = path.join(folder, sha256);
  await open().get(sha256);
  const whole = await readFile(file);
  const flipped = Uint8Array.from(whole);
  flipped[500] = (flipped[500] ?? 0) ^ 1;
  for (const damaged of [flipped, whole.subarray(0, 700), new Uint8Array(0)]) {
    await writeFile(file, damaged);
    expect((await open().get(sha256)).x[500]).toBe(7);
    expect(Buffer.compare(await readFile(file), whole)).toBe(0);
  }
  expect(fetched).toHaveLength(4);
});

it('refuses an object whose bytes are not those of its name, and keeps nothing of it', async () => {
  const sha256 = await putShard(7);
  await store.put(sha256, new Uint8Array(100));
  const cache = open();
  await expect(cache.get(sha256)).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
  network.damageObject('shards', sha256);
  await expect(cache.get(sha256)).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
  expect(await readdir(folder).catch(() => [])).toEqual([]);
  await putShard(7);
  expect((await cache.get(sha256)).y[0]).toBe(7);
});

it('says which shard is not there, and which is none', async () => {
  await expect(open().get('0'.repeat(64))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const bytes = writeSafetensors([['z', { dtype: 'U8', shape: [1], data: Uint8Array.of(1) }]]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await store.put(sha256, bytes);
  await expect(open().get(sha256)).rejects.toMatchObject({ code: 'INVALID_DATASET' });
});

it('tries again when the store does not answer', async () => {
  const sha256 = await putShard(7);
  let failures = 2;
  network.storeFault = () => (failures-- > 0 ? 'fail' : 'none');
  expect((await open().get(sha256)).y[0]).toBe(7);
});

it('keeps no more in memory than its limit, the least recently used going first', async () => {
  const hashes = [await putShard(1), await putShard(2), await putShard(3)] as const;
  const cache = open(2500);
  await cache.get(hashes[0]);
  await cache.get(hashes[1]);
  const first = await cache.get(hashes[0]);
  await cache.get(hashes[2]);
  expect(await cache.get(hashes[0])).toBe(first);
  await rm(folder, { recursive: true });
  await cache.get(hashes[1]);
  expect(fetched.filter((name) => name === hashes[1])).toHaveLength(2);
});

it('does not block itself when several shards over the limit are loaded at once', async () => {
  const hashes = await Promise.all(Array.from({ length: 20 }, (_, value) => putShard(value)));
  const cache = open(1500);
  const shards = await Promise.all([...hashes, ...hashes].map((sha256) => cache.get(sha256)));
  expect(shards.map(({ y }) => y[0])).toEqual([...Array(20).keys(), ...Array(20).keys()]);
});

it('lives without its folder when that cannot be written', async () => {
  const sha256 = await putShard(7);
  const file = path.join(folder, 'a-file');
  await writeFile(file, '');
  await chmod(file, 0o400);
  expect((await new ShardCache(path.join(file, 'below'), store, 1e6).get(sha256)).y[0]).toBe(7);
});
