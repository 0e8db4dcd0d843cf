/** Collects a minibatch's samples from the shards into memory that the threads share. */
import { datasetManifestSchema, LockstepError, type DatasetManifest, type DatasetShard } from '@lockstep/core';
import type { SplitReference } from '@lockstep/proto';
import type { RowPlace } from './shard.js';
import type { ShardCache } from './shard-cache.js';
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
  source: SplitSource,
  samples: readonly number[],
): Promise<Rows> {
  const { features, labels } = source.manifest;
  const width = features.shape.reduce((product, size) => product * size, 1);
  const elements = samples.length * width;
  const x = features.dtype === 'uint8' ? buffers.uint8(elements) : buffers.float32(elements);
  const targets = labels.kind === 'values' ? labels.names.length : 1;
  const y = labels.kind === 'values' ? buffers.float32(samples.length * targets) : buffers.int32(samples.length);
  const target = { x, y, width, targets };
  const copied = [...placesByShard(source.manifest, samples)].map(([number, places]) =>
    cache.copyRows(shardOf(source, number), places, target),
  );
  // Not `all`: while one still writes into it, the memory must not be given to another.
  const failed = (await Promise.allSettled(copied)).find((result) => result.status === 'rejected');
  if (failed === undefined) return { x, y };
  buffers.release(x);
  buffers.release(y);
  throw failed.reason;
}

/** The shards of a split with these numbers, for `ShardCache.fetchAhead`; numbers that it does not have are left out. */
export function shardsByNumber({ manifest, split }: SplitSource, numbers: readonly number[]): DatasetShard[] {
  const shards = manifest.splits[split]?.shards ?? [];
  return numbers.flatMap((number) => shards[number] ?? []);
}

function placesByShard({ rowsPerShard }: DatasetManifest, samples: readonly number[]): Map<number, RowPlace[]> {
  const shards = new Map<number, RowPlace[]>();
  for (const [row, sample] of samples.entries()) {
    const number = Math.floor(sample / rowsPerShard);
    const place = { row, place: sample % rowsPerShard };
    const known = shards.get(number);
    if (known === undefined) shards.set(number, [place]);
    else known.push(place);
  }
  return shards;
}

function shardOf({ manifest, split }: SplitSource, number: number): string {
  const shard = manifest.splits[split]?.shards[number];
  if (shard !== undefined) return shard.sha256;
  throw new LockstepError('INVALID_DATASET', `${manifest.name}/${split} has no shard ${String(number)}`);
}

/** What an order says of a split. @throws LockstepError INVALID_DATASET */
export function splitSource({ manifest, split }: SplitReference): SplitSource {
  const parsed = datasetManifestSchema.safeParse(JSON.parse(new TextDecoder().decode(manifest)));
  if (!parsed.success) throw new LockstepError('INVALID_DATASET', 'the manifest in the order is not valid');
  return { manifest: parsed.data, split };
}
