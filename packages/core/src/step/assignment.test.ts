import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignRanges } from './assignment.js';

const cluster = fc.record({
  first: fc.nat(5000),
  length: fc.integer({ min: 1, max: 5000 }),
  speeds: fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 40 }),
});

function assign(first: number, length: number, speeds: readonly number[]) {
  return assignRanges(
    { first, end: first + length },
    speeds.map((speed, index) => ({ worker: `w${index}`, speed })),
  );
}

describe('the ranges of the workers', () => {
  it('cover the slices exactly, in order, no worker twice and none with an empty one', () => {
    fc.assert(
      fc.property(cluster, ({ first, length, speeds }) => {
        const ranges = assign(first, length, speeds);
        let reached = first;
        for (const range of ranges) {
          expect(range.first).toBe(reached);
          expect(range.end).toBeGreaterThan(range.first);
          reached = range.end;
        }
        expect(reached).toBe(first + length);
        expect(new Set(ranges.map(({ worker }) => worker)).size).toBe(ranges.length);
      }),
    );
  });

  it('are proportional to the speeds, up to the tolerance for cuts on boundaries', () => {
    fc.assert(
      fc.property(cluster, ({ first, length, speeds }) => {
        const total = speeds.reduce((sum, speed) => sum + speed, 0);
        const slack = (length / speeds.length) * 0.15;
        const sizes = new Map(assign(first, length, speeds).map(({ worker, first, end }) => [worker, end - first]));
        speeds.forEach((speed, index) => {
          const size = sizes.get(`w${index}`) ?? 0;
          // A cut on each side, each off by the slack or by rounding.
          expect(Math.abs(size - (length * speed) / total)).toBeLessThanOrEqual(2 * Math.max(slack, 0.5) + 1e-6);
        });
      }),
    );
  });

  it('are cut at the highest boundary of the tree that is near enough', () => {
    const ends = (length: number, speeds: readonly number[]) => assign(0, length, speeds).map(({ end }) => end);
    expect(ends(16, [1, 1])).toEqual([8, 16]);
    expect(ends(20, [1, 1])).toEqual([10, 20]);
    expect(ends(60, [1, 1])).toEqual([32, 60]);
    expect(ends(30, [1, 1, 1])).toEqual([10, 20, 30]);
    expect(ends(96, [1, 1, 1])).toEqual([32, 64, 96]);
    expect(ends(100, [3, 1])).toEqual([80, 100]);
  });

  it('leave workers out where there are fewer slices than workers', () => {
    expect(assign(0, 2, [1, 1, 1, 1, 1]).reduce((sum, { first, end }) => sum + end - first, 0)).toBe(2);
    expect(assign(7, 1, [1, 1, 1])).toHaveLength(1);
  });

  it('are none without workers', () => {
    expect(assign(0, 4, [])).toEqual([]);
  });
});
