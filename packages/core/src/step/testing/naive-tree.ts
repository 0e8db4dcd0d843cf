/** The reduction tree as one would write it down first, and values that are hard to add, to compare with. */
import fc from 'fast-check';
import type { SliceRange, SliceSums, TreeNode } from '../reduction-tree.js';

/** left + right in float32, or left where right is empty; undefined outside the tree. */
export function naiveSum(slices: readonly SliceSums[], { level, index }: TreeNode): SliceSums | undefined {
  if (level === 0) {
    const slice = slices[index];
    return slice && { values: slice.values.slice(), counts: slice.counts.slice() };
  }
  const left = naiveSum(slices, { level: level - 1, index: index * 2 });
  const right = naiveSum(slices, { level: level - 1, index: index * 2 + 1 });
  if (left === undefined || right === undefined) return left;
  return {
    values: Float32Array.from(left.values, (value, i) => Math.fround(value + (right.values[i] as number))),
    counts: Float64Array.from(left.counts, (value, i) => value + (right.counts[i] as number)),
  };
}

/** For comparison: the bits of a vector. Which of the NaNs it is is not promised. */
export function bits({ values, counts }: SliceSums): string {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return [...words]
    .map((word, i) => (Number.isNaN(values[i]) ? 'NaN' : word.toString(16)))
    .concat([...counts].map(String))
    .join(' ');
}

const LEAST_NORMAL = 2 ** -126;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const hard = [0, -0, Infinity, -Infinity, 2 ** -149, -(2 ** -149), LEAST_NORMAL, -LEAST_NORMAL / 2, LARGEST, -LARGEST];
const float = fc.oneof(
  { weight: 3, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }).map(Math.fround) },
  { weight: 1, arbitrary: fc.float({ noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(...hard, 2 ** 24, 1, 1 / 3) },
);

/** `count` slices of three values and a count, made from fewer drawn numbers so that large counts stay quick. */
export function sliceValues(count: number): fc.Arbitrary<SliceSums[]> {
  return fc.array(float, { minLength: 1, maxLength: 60 }).map((drawn) => {
    const pick = (i: number) => Math.fround((drawn[i % drawn.length] as number) * (i % 7 === 3 ? 1.1 : 1));
    return Array.from({ length: count }, (_, slice) => ({
      values: Float32Array.of(pick(slice), pick(slice * 3 + 1), pick(slice * slice + 2)),
      counts: Float64Array.of(slice),
    }));
  });
}

/** Cuts 0 to `count` at the given numbers modulo the count: ranges that cover it. */
export function cutAt(count: number, cuts: readonly number[]): SliceRange[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % count), count])].sort((a, b) => a - b);
  return places.slice(1).map((end, i) => ({ first: places[i] as number, end }));
}
