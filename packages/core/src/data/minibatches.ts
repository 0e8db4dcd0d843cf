/** Which samples a step trains on: a function of (seed, epoch, step) alone, so any coordinator can replay it. */
import { permutation } from '../random/shuffle.js';
import { randomStream } from '../random/stream.js';

/**
 * Holds floor(count * fraction) of `count` samples out for validation, chosen by the seed. Both lists are sorted:
 * membership is random, and shuffling is `epochOrder`'s business, while sorted indices read shards front to back.
 */
export function splitTraining(
  count: number,
  fraction: number,
  seed: number,
): { readonly train: Uint32Array; readonly validation: Uint32Array } {
  const order = permutation(count, randomStream(seed, 'validation-split'));
  const held = Math.floor(count * fraction);
  return { train: order.slice(held).sort(), validation: order.slice(0, held).sort() };
}

/** The training samples in the order of one epoch (counted from 0). */
export function epochOrder(trainIndices: Uint32Array, seed: number, epoch: number): Uint32Array {
  const places = permutation(trainIndices.length, randomStream(seed, 'shuffle', epoch));
  return places.map((place) => trainIndices[place] ?? 0);
}

/** Numbers of the shards that hold these samples of a split, ascending. */
export function shardsOf(samples: Uint32Array, rowsPerShard: number): number[] {
  const shards = new Set<number>();
  for (const sample of samples) shards.add(Math.floor(sample / rowsPerShard));
  return [...shards].sort((a, b) => a - b);
}

/** Minibatch `indexInEpoch` (from 0) of an epoch's order, as a view; the last one may be shorter. */
export function minibatch(order: Uint32Array, batchSize: number, indexInEpoch: number): Uint32Array {
  return order.subarray(indexInEpoch * batchSize, (indexInEpoch + 1) * batchSize);
}
