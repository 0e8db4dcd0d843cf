/** Collects a minibatch's samples from the shards into memory that the threads share. */
import { LockstepError, type DatasetManifest } from '@lockstep/core';
import type { Shard, ShardCache } from './shard-cache.js';
import type { SharedBuffers } from './shared-buffers.js';

/** A split of a dataset, as a job uses it. */
export interface SplitSource {
  readonly manifest: DatasetManifest;
  readonly split: string;
}

export interface Rows {
  readonly x: Uint8Array | Float32Array;
  /** Class numbers, or the targets row by row. */
  readonly y: Int32Array | Float32Array;
}

/**
 * @param samples sample numbers within the split
 * @returns their features and labels, row by row in the order given; to be released
 */
export async function collectRows(
  cache: ShardCache,
  buffers: SharedBuffers,
  { manifest, split }: SplitSource,
  samples: readonly number[],
): Promise<Rows> {
  const { shape, dtype } = manifest.features;
  const width = shape.reduce((product, size) => product * size, 1);
  const shards = await loadShards(cache, manifest, split, samples);
  const elements = samples.length * width;
  const x = dtype === 'uint8' ? buffers.uint8(elements) : buffers.float32(elements);
  const { labels } = manifest;
  const targets = labels.kind === 'values' ? labels.names.length : 1;
  const y = labels.kind === 'values' ? buffers.float32(samples.length * targets) : buffers.int32(samples.length);
  for (const [row, sample] of samples.entries()) {
    const shard = shards.get(Math.floor(sample / manifest.rowsPerShard)) as Shard;
    const place = sample % manifest.rowsPerShard;
    x.set(shard.x.subarray(place * width, (place + 1) * width), row * width);
    y.set(shard.y.subarray(place * targets, (place + 1) * targets), row * targets);
  }
  return { x, y };
}

async function loadShards(
  cache: ShardCache,
  manifest: DatasetManifest,
  split: string,
  samples: readonly number[],
): Promise<Map<number, Shard>> {
  const list = manifest.splits[split]?.shards ?? [];
  const numbers = new Set(samples.map((sample) => Math.floor(sample / manifest.rowsPerShard)));
  const loaded = [...numbers].map(async (number): Promise<[number, Shard]> => {
    const shard = list[number];
    if (shard === undefined) {
      throw new LockstepError('INVALID_DATASET', `${manifest.name}/${split} has no shard ${String(number)}`);
    }
    return [number, await cache.get(shard.sha256)];
  });
  return new Map(await Promise.all(loaded));
}
