import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage } from './coverage.js';
import { nodeRange, type SliceRange, type TreeNode } from './reduction-tree.js';

const arrivals = fc.record({
  count: fc.integer({ min: 1, max: 130 }),
  nodes: fc.array(fc.record({ level: fc.nat(8), index: fc.nat(130) }), { maxLength: 200 }),
});

function slicesOf(range: SliceRange): number[] {
  return Array.from({ length: Math.max(0, range.end - range.first) }, (_, i) => range.first + i);
}

describe('the coverage of a minibatch', () => {
  it('takes each slice exactly once, whatever nodes arrive and however they overlap', () => {
    fc.assert(
      fc.property(arrivals, ({ count, nodes }) => {
        const coverage = new Coverage(count);
        const taken = new Uint8Array(count);
        for (const node of nodes) {
          const slices = slicesOf(nodeRange(node, count));
          const free = slices.length > 0 && slices.every((slice) => taken[slice] === 0);
          expect(coverage.isFree(node)).toBe(free);
          expect(coverage.accept(node)).toBe(free);
          if (free) for (const slice of slices) taken[slice] = 1;
        }
        const missing = taken.filter((value) => value === 0).length;
        expect(coverage.missing).toBe(missing);
        expect(coverage.complete).toBe(missing === 0);
      }),
    );
  });

  it('is complete once every leaf has come, however much came before', () => {
    fc.assert(
      fc.property(arrivals, ({ count, nodes }) => {
        const coverage = new Coverage(count);
        for (const node of nodes) coverage.accept(node);
        for (let index = 0; index < count; index++) coverage.accept({ level: 0, index });
        expect(coverage.complete).toBe(true);
      }),
    );
  });

  it('names the runs that are open, inside a range and in order', () => {
    fc.assert(
      fc.property(arrivals, fc.nat(130), fc.nat(130), ({ count, nodes }, a, b) => {
        const coverage = new Coverage(count);
        for (const node of nodes.slice(0, 6)) coverage.accept(node);
        const range = { first: Math.min(a, b, count), end: Math.min(Math.max(a, b), count) };
        const open = slicesOf(range).filter((index) => coverage.isFree({ level: 0, index }));
        expect(coverage.uncovered(range).flatMap(slicesOf)).toEqual(open);
      }),
    );
  });

  it('refuses the parent of what is there, and the children of what is there', () => {
    const coverage = new Coverage(8);
    const node = (level: number, index: number): TreeNode => ({ level, index });
    expect(coverage.accept(node(1, 1))).toBe(true);
    expect([node(2, 0), node(1, 1), node(0, 2), node(0, 3), node(3, 0)].map((one) => coverage.accept(one))).toEqual(
      Array.from({ length: 5 }, () => false),
    );
    expect(coverage.uncovered({ first: 0, end: 8 })).toEqual([
      { first: 0, end: 2 },
      { first: 4, end: 8 },
    ]);
  });

  it('refuses nodes outside the tree', () => {
    const coverage = new Coverage(3);
    expect(coverage.accept({ level: 0, index: 3 })).toBe(false);
    expect(coverage.accept({ level: 31, index: 1 })).toBe(false);
    expect(coverage.accept({ level: 31, index: 0 })).toBe(true);
  });
});
