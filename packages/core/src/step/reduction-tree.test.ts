import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCalls } from './native-calls.js';
import {
  addSums,
  canonicalNode,
  nodeRange,
  nodesOfRange,
  rootNode,
  TreeSum,
  type SliceRange,
  type SliceSums,
  type TreeNode,
} from './reduction-tree.js';
import { bits, cutAt, naiveSum, sliceValues } from './testing/naive-tree.js';

/** What the naive tree says of a node, as one native call would give it back. */
function nativeCall(slices: readonly SliceSums[], node: TreeNode): SliceSums {
  const sum = naiveSum(slices, node);
  if (sum === undefined) throw new Error('The call lies outside the tree.');
  return sum;
}

/** The root over `slices`, computed as a cluster would: ranges, native calls, and nodes that arrive in some order. */
function clusterSum(slices: readonly SliceSums[], cluster: ClusterShape): SliceSums | undefined {
  const { cuts, threads, maxCopies, order } = cluster;
  const tree = new TreeSum<SliceSums>(slices.length, addSums);
  const sent = cutAt(slices.length, cuts).flatMap((range) => {
    const local = new TreeSum<SliceSums>(slices.length, addSums);
    const calls = planCalls({ samples: slices.length, sliceSize: 1 }, range, threads, maxCopies);
    for (const call of inOrder(calls, order)) local.insert(call.node, nativeCall(slices, call.node));
    return local.nodes();
  });
  for (const { node, value } of inOrder(sent, order)) tree.insert(node, value);
  return tree.root;
}

interface ClusterShape {
  readonly cuts: readonly number[];
  readonly threads: number;
  readonly maxCopies: number;
  /** Sorts what arrives. */
  readonly order: readonly number[];
}

function inOrder<T>(items: readonly T[], order: readonly number[]): T[] {
  const rank = (index: number) => order[index % order.length] ?? 0;
  return items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => rank(a.index) - rank(b.index) || a.index - b.index)
    .map(({ item }) => item);
}

const clusterShape: fc.Arbitrary<ClusterShape> = fc.record({
  cuts: fc.array(fc.nat(2 ** 20), { maxLength: 8 }),
  threads: fc.integer({ min: 1, max: 9 }),
  maxCopies: fc.constantFrom(1, 2, 4, 8, 32),
  order: fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }),
});

function expectNaiveBits(slices: readonly SliceSums[], cluster: ClusterShape): void {
  const root = clusterSum(slices, cluster);
  const naive = naiveSum(slices, { level: 12, index: 0 });
  expect(root && bits(root)).toEqual(naive && bits(naive));
}

describe('the reduction tree', () => {
  it('has the bits of the naive recursion for every count from 1 to 70, however the slices are spread', () => {
    for (let count = 1; count <= 70; count++) {
      fc.assert(
        fc.property(sliceValues(count), clusterShape, (slices, cluster) => {
          expectNaiveBits(slices, cluster);
        }),
        { numRuns: 12 },
      );
    }
  });

  it('has the bits of the naive recursion for large counts', () => {
    const many = fc.integer({ min: 71, max: 1500 }).chain((count) => sliceValues(count));
    fc.assert(fc.property(many, clusterShape, expectNaiveBits), { numRuns: 60 });
  });

  it('keeps a negative zero, and denormals, and adds infinities of both signs to NaN', () => {
    const sums = (...values: number[]): SliceSums => ({
      values: Float32Array.from(values),
      counts: Float64Array.of(2 ** 40),
    });
    const slices = [sums(-0, 1e-45, Infinity), sums(-0, 1e-45, -Infinity), sums(-0, -1e-45, 1)];
    const root = clusterSum(slices, { cuts: [1], threads: 1, maxCopies: 1, order: [2, 1, 0] });
    expect([...(root?.values ?? [])]).toEqual([-0, Math.fround(1e-45), NaN]);
    expect([...(root?.counts ?? [])]).toEqual([3 * 2 ** 40]);
  });

  it('has no root before the last slice is in', () => {
    const tree = new TreeSum<{ sum: number }>(5, (target, source) => void (target.sum += source.sum));
    for (const index of [4, 0, 2, 1]) {
      tree.insert({ level: 0, index }, { sum: 1 });
      expect(tree.root).toBeUndefined();
    }
    tree.insert({ level: 0, index: 3 }, { sum: 1 });
    expect(tree.root).toEqual({ sum: 5 });
  });

  it('releases each value that was added to another, and no value twice', () => {
    const released: object[] = [];
    const tree = new TreeSum<{ sum: number }>(
      9,
      (target, source) => void (target.sum += source.sum),
      (value) => released.push(value),
    );
    for (let index = 0; index < 9; index++) tree.insert({ level: 0, index }, { sum: index });
    expect(new Set(released).size).toBe(8);
    expect(released).not.toContain(tree.root);
    expect(tree.root).toEqual({ sum: 36 });
  });
});

describe('the nodes of a range', () => {
  const rangeIn = fc.integer({ min: 1, max: 3000 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      ends: fc.tuple(fc.nat(count), fc.nat(count)),
      maxLevel: fc.integer({ min: 0, max: 12 }),
    }),
  );
  const sorted = ([a, b]: readonly [number, number]): SliceRange => ({ first: Math.min(a, b), end: Math.max(a, b) });

  it('cover the range exactly, from left to right, under their one name', () => {
    fc.assert(
      fc.property(rangeIn, ({ count, ends, maxLevel }) => {
        const range = sorted(ends);
        let reached = range.first;
        for (const node of nodesOfRange(range, count, maxLevel)) {
          const { first, end } = nodeRange(node, count);
          expect(first).toBe(reached);
          expect(end).toBeGreaterThan(first);
          expect(node.level).toBeLessThanOrEqual(maxLevel);
          expect(canonicalNode(node, count)).toEqual(node);
          reached = end;
        }
        expect(reached).toBe(Math.max(range.first, range.end));
      }),
    );
  });

  it('are the fewest: no two neighbours are the halves of one node of the range', () => {
    fc.assert(
      fc.property(rangeIn, ({ count, ends }) => {
        const nodes = nodesOfRange(sorted(ends), count);
        const isPair = (left: SliceRange, right: SliceRange) => {
          const size = 2 ** Math.ceil(Math.log2(right.end - left.first));
          return left.first % size === 0 && (right.end - left.first === size || right.end === count);
        };
        const ranges = nodes.map((node) => nodeRange(node, count));
        expect(ranges.slice(1).some((right, index) => isPair(ranges[index] as SliceRange, right))).toBe(false);
      }),
    );
  });

  it('stop at the end of the tree', () => {
    expect(nodesOfRange({ first: 4, end: 99 }, 6)).toEqual([{ level: 1, index: 2 }]);
    expect(nodesOfRange({ first: 7, end: 99 }, 6)).toEqual([]);
  });
});

describe('the one name of a node', () => {
  const nodeIn = fc.record({ count: fc.integer({ min: 1, max: 500 }), level: fc.nat(14), index: fc.nat(600) });

  it('covers what the node covers, and is the lowest that does', () => {
    fc.assert(
      fc.property(nodeIn, ({ count, level, index }) => {
        const { first, end } = nodeRange({ level, index }, count);
        const name = canonicalNode({ level, index }, count);
        if (end <= first) {
          expect(name).toBeUndefined();
          return;
        }
        expect(nodeRange(name as TreeNode, count)).toEqual({ first, end });
        const size = 2 ** (name as TreeNode).level;
        expect(size === 1 || end - first > size / 2).toBe(true);
      }),
    );
  });

  it('is its own name, and the root has one for every count', () => {
    for (let count = 1; count < 200; count++) {
      const root = rootNode(count);
      expect(nodeRange(root, count)).toEqual({ first: 0, end: count });
      expect(canonicalNode(root, count)).toEqual(root);
    }
  });
});
