/** Computes a range of a minibatch's slices on the pool's threads, and adds them up as far as the tree goes. */
import {
  addSums,
  planCalls,
  sliceCount,
  sliceSeed,
  TreeSum,
  type NativeCall,
  type SliceRange,
  type SliceSums,
  type TreeNode,
} from '@lockstep/core';
import type { BeginFrame } from '@lockstep/proto';
import type { ComputePool } from './compute-pool.js';
import { collectRows, type SplitSource } from './minibatch-rows.js';
import type { ShardCache } from './shard-cache.js';

export interface RangeContext {
  readonly pool: ComputePool;
  readonly shards: ShardCache;
  readonly split: SplitSource;
  readonly jobFile: string;
  readonly seed: number;
  readonly sliceSize: number;
  /** Slices in a native call at most. */
  readonly maxCopies: number;
}

export interface RangeResult {
  readonly nodes: readonly { readonly node: TreeNode; readonly value: SliceSums }[];
  /** Native time, summed over threads. */
  readonly microseconds: number;
}

export class RangeComputation {
  readonly #context: RangeContext;

  constructor(context: RangeContext) {
    this.#context = context;
  }

  /** @param current whether the result is still wanted; calls not yet started are left out once it is not */
  async run(
    frame: BeginFrame,
    range: SliceRange,
    parameters: Float32Array,
    current: () => boolean,
  ): Promise<RangeResult> {
    const { pool, sliceSize, maxCopies } = this.#context;
    const shape = { samples: frame.samples.length, sliceSize };
    const calls = planCalls(shape, range, pool.threads, maxCopies);
    const sum = new TreeSum<SliceSums>(sliceCount(shape), addSums);
    let microseconds = 0;
    await Promise.all(
      calls.map(async (call) => {
        const result = await this.#call(frame, call, parameters, current);
        if (result === undefined) return;
        microseconds += result.microseconds;
        sum.insert(call.node, { values: result.values, counts: Float64Array.from(result.counts) });
      }),
    );
    return { nodes: current() ? sum.nodes() : [], microseconds };
  }

  async #call(frame: BeginFrame, call: NativeCall, parameters: Float32Array, current: () => boolean) {
    const { shards, split, pool, jobFile } = this.#context;
    const rows = await collectRows(shards, split, frame.samples.slice(call.firstRow, call.endRow));
    if (!current()) return undefined;
    const { samples, copies } = call;
    const shape = { kind: frame.kind, samples, copies } as const;
    return pool.compute({ file: jobFile, shape, parameters, ...rows, seeds: this.#seeds(frame, call) });
  }

  /** A seed pair a slice, for what the slice draws in this step. */
  #seeds(frame: BeginFrame, { firstSlice, copies }: NativeCall): Int32Array {
    const seeds = new Int32Array(2 * copies);
    if (frame.kind !== 'train') return seeds;
    for (let copy = 0; copy < copies; copy++) {
      seeds.set(sliceSeed(this.#context.seed, frame.step, firstSlice + copy), 2 * copy);
    }
    return seeds;
  }
}
