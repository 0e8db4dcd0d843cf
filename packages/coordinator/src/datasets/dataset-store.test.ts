import { createHash } from 'node:crypto';
import { manifestSha256, writeSafetensors, type DatasetManifest } from '@lockstep/core';
import { BUCKETS, MemoryNetwork, type Transport } from '@lockstep/transport';
import { inflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { DatasetStore } from './dataset-store.js';

let transport: Transport;
let store: DatasetStore;
let clock: number;

beforeEach(async () => {
  clock = 0;
  transport = new MemoryNetwork().connect('coordinator');
  store = await open();
});

const open = () => DatasetStore.open(transport, () => clock);
const nobody = () => undefined;

/** A shard of rows of two numbers. */
function shardOf(rows: readonly number[], labels: readonly number[] = rows.map((_, row) => row % 2)) {
  const bytes = writeSafetensors([
    ['x', { dtype: 'F32', shape: [rows.length, 2], data: Float32Array.from(rows.flatMap((row) => [row, -row])) }],
    ['y', { dtype: 'I32', shape: [labels.length], data: Int32Array.from(labels) }],
  ]);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), count: rows.length };
}

type Shard = ReturnType<typeof shardOf>;

function manifestOf(shards: readonly Shard[], changes: Partial<DatasetManifest> = {}): DatasetManifest {
  const count = shards.reduce((sum, shard) => sum + shard.count, 0);
  return {
    name: 'toy.set',
    version: 1,
    features: { shape: [2], dtype: 'float32', offset: 0, scale: 1 },
    labels: { kind: 'classes', classNames: ['no', 'yes'] },
    rowsPerShard: 3,
    splits: {
      train: {
        count,
        shards: shards.map(({ sha256, bytes, count: rows }) => ({ sha256, bytes: bytes.length, count: rows })),
      },
    },
    source: '',
    ...changes,
  };
}

const [a, b, c] = [shardOf([1, 2, 3]), shardOf([4, 5]), shardOf([6, 7])];
const shardNames = async () => (await transport.objectStore(BUCKETS.shards)).list();

async function put(shards: readonly Shard[], changes: Partial<DatasetManifest> = {}) {
  for (const { sha256, bytes } of shards) await store.putShard(sha256, bytes);
  return store.putManifest(manifestOf(shards, changes));
}

describe('versions of a dataset', () => {
  it('have the next number each, and the newest is what is found', async () => {
    const first = await put([a, b]);
    const second = await put([a, c]);
    expect([first.created, second.created]).toEqual([true, true]);
    expect(store.versions('toy.set').map(({ version }) => version)).toEqual([1, 2]);
    expect(store.find('toy.set')).toEqual(second.manifest);
    expect(store.find('toy.set', 1)).toEqual(first.manifest);
    expect(store.find('toy.set', 3)).toBeUndefined();
    expect(store.list()).toEqual([second.manifest]);
  });

  it('are made only by another content than the newest has', async () => {
    const { manifest } = await put([a, b]);
    expect(await put([a, b], { version: 77 })).toEqual({ manifest, created: false });
    await put([a, c]);
    const third = await put([a, b]);
    expect([third.created, third.manifest.version]).toEqual([true, 3]);
    expect(manifestSha256(third.manifest)).toBe(manifestSha256(manifest));
  });

  it('are there again after a restart, and a number that was deleted is not given again', async () => {
    await put([a, b]);
    await put([a, c]);
    await store.delete('toy.set', 2, nobody);
    store = await open();
    expect(store.versions('toy.set').map(({ version }) => version)).toEqual([1]);
    expect((await put([b])).manifest.version).toBe(3);
    await store.delete('toy.set', undefined, nobody);
    store = await open();
    expect(() => store.get('toy.set')).toThrow(/no dataset/);
    expect([store.names(), (await put([a])).manifest.version]).toEqual([[], 4]);
  });

  it('are made one after the other, however many imports end at once', async () => {
    for (const { sha256, bytes } of [a, b, c]) await store.putShard(sha256, bytes);
    const puts = [[a, b], [a, c], [b], [c]].map((shards) => store.putManifest(manifestOf(shards)));
    expect((await Promise.all(puts)).map(({ manifest }) => manifest.version)).toEqual([1, 2, 3, 4]);
  });
});

describe('deleting', () => {
  it('leaves shards that another manifest names', async () => {
    await put([a, b]);
    await put([a, c]);
    await put([c], { name: 'other' });
    expect(await store.delete('toy.set', 1, nobody)).toEqual([1]);
    expect(await shardNames()).toEqual([a.sha256, c.sha256].sort());
    await store.delete('toy.set', undefined, nobody);
    expect(await shardNames()).toEqual([c.sha256]);
  });

  it('is refused while a job uses a version, and changes nothing then', async () => {
    await put([a, b]);
    await put([a, c]);
    const userOf = (version: number) => (version === 2 ? 'j-1' : undefined);
    await expect(store.delete('toy.set', undefined, userOf)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'job j-1 uses version 2 of toy.set',
    });
    expect(store.versions('toy.set')).toHaveLength(2);
    await expect(store.delete('none', undefined, nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.delete('toy.set', 9, nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('leaves what an import that is under way counts on', async () => {
    await put([a, b]);
    expect(await store.hasShard(b.sha256)).toBe(true);
    await store.delete('toy.set', undefined, nobody);
    expect(await shardNames()).toEqual([b.sha256]);
    expect((await store.putManifest(manifestOf([b]))).created).toBe(true);
  });

  it('sweeps what an import left that broke off, but only after a while', async () => {
    await put([a]);
    await store.putShard(b.sha256, b.bytes);
    await store.sweep();
    expect(await shardNames()).toHaveLength(2);
    clock += 2 * 60 * 60 * 1000;
    await store.sweep();
    expect(await shardNames()).toEqual([a.sha256]);
  });
});

describe('what comes in', () => {
  it.each([
    ['a shard that was not uploaded', [], manifestOf([a]), /was not uploaded/],
    ['another number of samples', [a], manifestOf([{ ...a, count: 2 }]), /no x of F32 \[2,2\]/],
    [
      'other features',
      [a],
      manifestOf([a], { features: { shape: [3], dtype: 'float32', offset: 0, scale: 1 } }),
      /no x/,
    ],
    [
      'other types',
      [a],
      manifestOf([a], { features: { shape: [2], dtype: 'uint8', offset: 0, scale: 1 } }),
      /no x of U8/,
    ],
    ['targets', [a], manifestOf([a], { labels: { kind: 'values', names: ['t'] } }), /no y of F32/],
    ['a shard that is not full', [b, a], manifestOf([b, a]), /holds 2 samples, not 3/],
    ['no splits', [], manifestOf([], { splits: {} }), /no splits/],
    ['a sum that is wrong', [a], manifestOf([a], { splits: { train: { count: 9, shards: [] } } }), /says 9 samples/],
  ] as const)('is refused with %s', async (_what, shards, manifest, message) => {
    for (const { sha256, bytes } of shards) await store.putShard(sha256, bytes);
    await expect(store.putManifest(manifest)).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringMatching(message) as string,
    });
    expect(store.list()).toEqual([]);
  });

  it('is checked by another coordinator too, which reads the shards again', async () => {
    const wrong = shardOf([1, 2], [0, 2]);
    await store.putShard(wrong.sha256, wrong.bytes);
    await store.putShard(a.sha256, a.bytes);
    store = await open();
    await expect(store.putManifest(manifestOf([wrong]))).rejects.toThrow(/the label 2; there are 2 classes/);
    expect((await store.putManifest(manifestOf([a]))).created).toBe(true);
  });

  it('is refused as a shard with other bytes than its name says, without tensors, or not finite', async () => {
    await expect(store.putShard(b.sha256, a.bytes)).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
    const bad = shardOf([1, NaN]);
    await expect(store.putShard(bad.sha256, bad.bytes)).rejects.toThrow(/not finite/);
    const noise = Uint8Array.of(1, 2, 3);
    const name = createHash('sha256').update(noise).digest('hex');
    await expect(store.putShard(name, noise)).rejects.toMatchObject({ code: 'INVALID_DATASET' });
    expect(await shardNames()).toEqual([]);
  });
});

describe('a preview', () => {
  it('shows the first samples over the ends of shards', async () => {
    await put([a, b]);
    const preview = await store.preview('toy.set', { version: undefined, split: 'train', limit: 4 });
    expect(preview.samples).toEqual([
      { number: 0, label: 'no', values: [1, -1] },
      { number: 1, label: 'yes', values: [2, -2] },
      { number: 2, label: 'no', values: [3, -3] },
      { number: 3, label: 'no', values: [4, -4] },
    ]);
    await expect(store.preview('toy.set', { version: 1, split: 'test', limit: 1 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'It has train.',
    });
  });

  it('shows rows of a table as they were', async () => {
    const columns: DatasetManifest['columns'] = [{ name: 'colour', kind: 'categorical', categories: ['red', 'blue'] }];
    const shard = shardOf([1, 0]);
    await put([shard], { columns, labels: { kind: 'classes', classNames: ['no', 'yes'] } });
    const { columns: names, samples } = await store.preview('toy.set', { version: 1, split: 'train', limit: 9 });
    expect([names, samples.map(({ row }) => row)]).toEqual([['colour'], [['red'], [null]]]);
  });

  it('shows pictures as PNG', async () => {
    const pixels = Uint8Array.of(0, 50, 100, 150, 200, 250);
    const bytes = writeSafetensors([
      ['x', { dtype: 'U8', shape: [1, 2, 1, 3], data: pixels }],
      ['y', { dtype: 'I32', shape: [1], data: Int32Array.of(1) }],
    ]);
    const shard = { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), count: 1 };
    await put([shard], {
      features: { shape: [2, 1, 3], dtype: 'uint8', offset: 0, scale: 1 },
      image: { height: 2, width: 1, channels: 3 },
    });
    const { samples } = await store.preview('toy.set', { version: undefined, split: 'train', limit: 1 });
    const png = Buffer.from(samples[0]?.picture?.replace('data:image/png;base64,', '') ?? '', 'base64');
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    const data = png.indexOf('IDAT') + 4;
    expect([...inflateSync(png.subarray(data, data + png.readUInt32BE(data - 8)))]).toEqual([
      0, 0, 50, 100, 0, 150, 200, 250,
    ]);
  });
});
