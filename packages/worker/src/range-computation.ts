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
import type { SharedBuffers } from './shared-buffers.js';

export interface RangeContext {
  readonly pool: ComputePool;
  readonly shards: ShardCache;
  readonly buffers: SharedBuffers;
  /** float32 values of a slice's sums in this round. */
  readonly valueLength: number;
  readonly split: SplitSource;
  readonly jobFile: string;
  readonly seed: number;
  readonly sliceSize: number;
  /** Slices in a native call at most. */
  readonly maxCopies: number;
}

export interface RangeResult {
  /** Their values lie in shared memory, to be released when they are sent. */
  readonly nodes: readonly { readonly node: TreeNode; readonly value: SliceSums }[];
  /** Native time, summed over threads. */
  readonly microseconds: number;
}

export class RangeComputation {
  readonly #context: RangeContext;

  constructor(context: RangeContext) {
    this.#context = context;
  }

  /**
   * @param parameters may still be on their way: the rows are collected meanwhile; undefined when they will not come
   * @param current whether the result is still wanted; calls not yet started are left out once it is not
   */
  async run(
    frame: BeginFrame,
    range: SliceRange,
    parameters: Promise<Float32Array | undefined>,
    current: () => boolean,
  ): Promise<RangeResult> {
    const { pool, buffers, sliceSize, maxCopies } = this.#context;
    const shape = { samples: frame.samples.length, sliceSize };
    const calls = planCalls(shape, range, pool.threads, maxCopies);
    const sum = new TreeSum<SliceSums>(sliceCount(shape), addSums, ({ values }) => {
      buffers.release(values);
    });
    let microseconds = 0;
    await Promise.all(
      calls.map(async (call) => {
        const result = await this.#call(frame, call, parameters, current);
        if (result === undefined) return;
        microseconds += result.microseconds;
        sum.insert(call.node, result.sums);
      }),
    );
    return { nodes: current() ? sum.nodes() : [], microseconds };
  }

  async #call(
    frame: BeginFrame,
    call: NativeCall,
    arriving: Promise<Float32Array | undefined>,
    current: () => boolean,
  ) {
    const { shards, buffers, split, pool, jobFile, valueLength } = this.#context;
    const rows = await collectRows(shards, buffers, split, frame.samples.slice(call.firstRow, call.endRow));
    try {
      const parameters = await arriving;
      if (parameters === undefined || !current()) return undefined;
      const { samples, copies } = call;
      const shape = { kind: frame.kind, samples, copies } as const;
      const values = buffers.float32(valueLength);
      const seeds = this.#seeds(frame, call);
      const { counts, microseconds } = await pool.compute({ file: jobFile, shape, parameters, ...rows, seeds, values });
      return { sums: { values, counts: Float64Array.from(counts) }, microseconds };
    } finally {
      buffers.release(rows.x);
      buffers.release(rows.y);
    }
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
