/** How far two vectors of floats are apart. */

/** The largest difference between `actual` and `expected`, as a share of the largest expected value. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const [found, wanted] = [actual[i] as number, expected[i] as number];
    if (Number.isNaN(found) || Number.isNaN(wanted)) return NaN;
    difference = Math.max(difference, Math.abs(found - wanted));
    largest = Math.max(largest, Math.abs(wanted));
  }
  return largest === 0 ? difference : difference / largest;
}
