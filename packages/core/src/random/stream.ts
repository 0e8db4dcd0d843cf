/**
 * All of a job's randomness: streams that are a function of (seed, purpose, ids) alone. Two streams never share a
 * number's position, because the key and the counter hold seed, purpose and ids side by side instead of mixing them.
 */
import { LockstepError } from '../errors.js';
import { philox4x32, type PhiloxBlock } from './philox.js';

/** Fixed for ever: a changed number changes the bits of every job. New purposes get new numbers. */
const PURPOSE_NUMBERS = {
  shuffle: 1,
  'initial-weights': 2,
  dropout: 3,
  'validation-split': 4,
  'dataset-split': 5,
  canary: 6,
} as const;

export type RandomPurpose = keyof typeof PURPOSE_NUMBERS;

/** A counter has room for three ids beside the block number. */
const MAX_IDS = 3;

export interface RandomStream {
  /** Integer in [0, 2^32). */
  nextUint32(): number;
  /** Integer in [0, bound), each equally likely; bound is an integer in [1, 2^32]. */
  nextBelow(bound: number): number;
  /** Multiple of 2^-24 in [0, 1): exact in float32. */
  nextUniform(): number;
  /** In (0, 1), 32 bits and never an end point: for inverse distribution functions. */
  nextOpenUniform(): number;
}

/**
 * The stream of a seed (integer, 0 to 2^53 - 1) for one purpose. `ids` are up to three uint32 that the purpose defines:
 * epoch for `shuffle`; step, slice and layer for `dropout`; the weight's index for `initial-weights`. Absent ids are 0.
 */
export function randomStream(seed: number, purpose: RandomPurpose, ...ids: readonly number[]): RandomStream {
  const key = streamKey(seed, purpose);
  const [first, second, third] = streamIds(ids);
  let blockNumber = 0;
  let block: PhiloxBlock = [0, 0, 0, 0];
  let used = 4;
  const nextUint32 = (): number => {
    if (used === 4) {
      if (blockNumber > 0xffffffff) throw new LockstepError('INTERNAL', 'A random stream of 2^34 numbers is used up.');
      block = philox4x32([blockNumber, first, second, third], key);
      blockNumber += 1;
      used = 0;
    }
    const value = block[used] ?? 0;
    used += 1;
    return value;
  };
  return {
    nextUint32,
    nextBelow: (bound) => unbiasedBelow(bound, nextUint32),
    nextUniform: () => (nextUint32() >>> 8) / 0x1000000,
    nextOpenUniform: () => (nextUint32() + 0.5) / 0x100000000,
  };
}

/** Seed pair (int32) for TensorFlow's stateless random ops, for the dropout of one slice of one step. */
export function sliceSeed(seed: number, step: number, slice: number): [number, number] {
  const stream = randomStream(seed, 'dropout', step, slice);
  return [stream.nextUint32() | 0, stream.nextUint32() | 0];
}

/** Rejects the numbers above the greatest multiple of `bound`, which would favour the small results. */
function unbiasedBelow(bound: number, nextUint32: () => number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 0x100000000) {
    throw new LockstepError('INTERNAL', `A random bound must be an integer from 1 to 2^32, got ${bound}.`);
  }
  const limit = 0x100000000 - (0x100000000 % bound);
  let value = nextUint32();
  while (value >= limit) value = nextUint32();
  return value % bound;
}

/** 53 bits of seed, and 11 of purpose above them. */
function streamKey(seed: number, purpose: RandomPurpose): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new LockstepError('INTERNAL', `A seed must be an integer from 0 to 2^53 - 1, got ${seed}.`);
  }
  const high = Math.floor(seed / 0x100000000);
  return [seed >>> 0, (high | (PURPOSE_NUMBERS[purpose] << 21)) >>> 0];
}

function streamIds(ids: readonly number[]): [number, number, number] {
  if (ids.length > MAX_IDS || ids.some((id) => !Number.isInteger(id) || id < 0 || id > 0xffffffff)) {
    throw new LockstepError(
      'INTERNAL',
      `A random stream takes up to ${MAX_IDS} ids from 0 to 2^32 - 1, got ${ids.join(', ')}.`,
    );
  }
  return [ids[0] ?? 0, ids[1] ?? 0, ids[2] ?? 0];
}
