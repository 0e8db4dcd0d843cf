import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCalls, sliceCount, type NativeCall } from './native-calls.js';
import { nodeRange } from './reduction-tree.js';
import { cutAt } from './testing/naive-tree.js';

const work = fc.record({
  samples: fc.integer({ min: 1, max: 3000 }),
  sliceSize: fc.integer({ min: 1, max: 64 }),
  cuts: fc.array(fc.nat(3000), { maxLength: 5 }),
  threads: fc.integer({ min: 1, max: 16 }),
  maxCopies: fc.constantFrom(1, 2, 4, 8, 16, 64),
});

/** That the call is one whole node whose graph exists: full slices in powers of two, or the short one alone. */
function expectGraph(call: NativeCall, samples: number, sliceSize: number, maxCopies: number): void {
  const count = sliceCount({ samples, sliceSize });
  const range = nodeRange(call.node, count);
  expect(range).toEqual({ first: call.firstSlice, end: call.firstSlice + call.copies });
  expect(call.firstRow).toBe(call.firstSlice * sliceSize);
  expect(call.endRow - call.firstRow).toBe(call.samples * call.copies);
  const short = samples % sliceSize;
  const holdsTail = short > 0 && call.endRow === samples;
  expect(call.samples).toBe(holdsTail ? short : sliceSize);
  expect(call.copies).toBe(holdsTail ? 1 : 2 ** call.node.level);
  expect(call.copies).toBeLessThanOrEqual(maxCopies);
}

describe('the native calls of a range', () => {
  it('are whole nodes whose graphs exist, and cover the range and its rows exactly', () => {
    fc.assert(
      fc.property(work, ({ samples, sliceSize, cuts, threads, maxCopies }) => {
        const count = sliceCount({ samples, sliceSize });
        let row = 0;
        for (const range of cutAt(count, cuts)) {
          for (const call of planCalls({ samples, sliceSize }, range, threads, maxCopies)) {
            expectGraph(call, samples, sliceSize, maxCopies);
            expect(call.firstRow).toBe(row);
            row = call.endRow;
          }
        }
        expect(row).toBe(samples);
      }),
    );
  });

  it('are at least one a thread where there are enough slices', () => {
    fc.assert(
      fc.property(work, ({ samples, sliceSize, threads, maxCopies }) => {
        const count = sliceCount({ samples, sliceSize });
        const calls = planCalls({ samples, sliceSize }, { first: 0, end: count }, threads, maxCopies);
        expect(calls.length).toBeGreaterThanOrEqual(Math.min(threads, count));
      }),
    );
  });

  it('have the short last slice alone, for every count from 1 to 70', () => {
    for (let count = 1; count <= 70; count++) {
      const samples = (count - 1) * 8 + 3;
      const calls = planCalls({ samples, sliceSize: 8 }, { first: 0, end: count }, 1, 64);
      expect(calls.at(-1)).toMatchObject({ firstSlice: count - 1, samples: 3, copies: 1, endRow: samples });
      expect(calls.reduce((sum, { copies }) => sum + copies, 0)).toBe(count);
      for (const call of calls) expectGraph(call, samples, 8, 64);
    }
  });
});
