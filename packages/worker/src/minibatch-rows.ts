/** Collects a minibatch's samples from the shards into memory that the threads share. */
import { LockstepError, type DatasetManifest } from '@lockstep/core';
import type { Shard, ShardCache } from './shard-cache.js';

/** A split of a dataset, as a job uses it. */
export interface SplitSource {
  readonly manifest: DatasetManifest;
  readonly split: string;
}

export interface Rows {
  readonly x: Uint8Array | Float32Array;
  readonly y: Int32Array;
}

function shared(dtype: 'uint8' | 'float32', length: number): Uint8Array | Float32Array {
  if (dtype === 'uint8') return new Uint8Array(new SharedArrayBuffer(length));
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/**
 * @param samples sample numbers within the split
 * @returns their features and labels, row by row in the order given
 */
export async function collectRows(
  cache: ShardCache,
  { manifest, split }: SplitSource,
  samples: ArrayLike<number>,
): Promise<Rows> {
  const { shape, dtype } = manifest.features;
  const width = shape.reduce((product, size) => product * size, 1);
  const shards = await loadShards(cache, manifest, split, samples);
  const x = shared(dtype, samples.length * width);
  const y = new Int32Array(new SharedArrayBuffer(samples.length * Int32Array.BYTES_PER_ELEMENT));
  for (let row = 0; row < samples.length; row++) {
    const sample = samples[row] as number;
    const shard = shards.get(Math.floor(sample / manifest.rowsPerShard)) as Shard;
    const place = sample % manifest.rowsPerShard;
    x.set(shard.x.subarray(place * width, (place + 1) * width), row * width);
    y[row] = shard.y[place] as number;
  }
  return { x, y };
}

async function loadShards(
  cache: ShardCache,
  manifest: DatasetManifest,
  split: string,
  samples: ArrayLike<number>,
): Promise<Map<number, Shard>> {
  const list = manifest.splits[split]?.shards ?? [];
  const numbers = new Set(Array.from(samples, (sample) => Math.floor(sample / manifest.rowsPerShard)));
  const loaded = [...numbers].map(async (number): Promise<[number, Shard]> => {
    const shard = list[number];
    if (shard === undefined) {
      throw new LockstepError('INVALID_DATASET', `${manifest.name}/${split} has no shard ${String(number)}`);
    }
    return [number, await cache.get(shard.sha256)];
  });
  return new Map(await Promise.all(loaded));
}
