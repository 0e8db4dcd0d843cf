import { addSums, sliceSeed, TreeSum, type JobPlan, type SliceSums } from '@lockstep/core';
import type { SliceKind, SliceResult } from '@lockstep/engine';
import { afterAll, describe, expect, it } from 'vitest';
import { pickSamples } from '../support/eager-reference.js';
import { madeUpSamples, madeUpWeights } from '../support/made-up-job.js';
import { RecordedJob } from '../support/recorded-job.js';
import { SLICE, SLICED_MODELS, SLICES } from '../support/sliced-models.js';

function seeds(first: number, count: number): Int32Array {
  return Int32Array.from(Array.from({ length: count }, (_, index) => sliceSeed(7, 5, first + index)).flat());
}

/** Slices `first` to `first + copies` in one native call. */
function call(job: RecordedJob, kind: SliceKind, first: number, copies: number): SliceResult {
  const { plan } = job;
  const rows = Array.from({ length: SLICE * copies }, (_, row) => SLICE * first + row);
  const samples = pickSamples(plan, madeUpSamples(plan, SLICE * SLICES), rows);
  return job.run(kind, madeUpWeights(plan), samples, copies, seeds(first, copies));
}

/** All slices in calls of `copies`, added in the tree. */
function sumOf(job: RecordedJob, kind: SliceKind, slices: number, copies: number): SliceSums {
  const tree = new TreeSum<SliceSums>(slices, addSums);
  for (let first = 0; first < slices; first += copies) {
    const { values, counts } = call(job, kind, first, copies);
    const sums = { values, counts: Float64Array.from(counts) };
    tree.insert({ level: Math.log2(copies), index: first / copies }, sums);
  }
  return tree.root as SliceSums;
}

/** Places where the two have different bits; counting beats an assertion library's difference of 100,000 numbers. */
function differences(a: SliceSums, b: SliceSums): number {
  if (a.values.length !== b.values.length || a.counts.join() !== b.counts.join()) return Infinity;
  const [left, right] = [bitsOf(a.values), bitsOf(b.values)];
  return left.filter((bits, index) => bits !== right[index]).length;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

describe.each(SLICED_MODELS)('$name:', ({ plan: makePlan }) => {
  const plan: JobPlan = makePlan();
  const job = new RecordedJob(plan);
  afterAll(() => {
    job.dispose();
  });

  it.each([2, 4, 8])('one call of %d slices gives the bits of as many calls added in the tree.', (copies) => {
    for (const kind of ['train', 'evaluate'] as const) {
      expect(differences(sumOf(job, kind, copies, copies), sumOf(job, kind, copies, 1))).toBe(0);
    }
  });

  it.each([1, 2, 4])('eight slices in calls of %d have the same bits as in one.', (copies) => {
    expect(differences(sumOf(job, 'train', SLICES, copies), sumOf(job, 'train', SLICES, SLICES))).toBe(0);
  });

  it('each slice has a gradient of its own.', () => {
    const gradients = Array.from({ length: SLICES }, (_, first) => call(job, 'train', first, 1).values.join());
    expect(new Set(gradients).size).toBe(SLICES);
  });
});
