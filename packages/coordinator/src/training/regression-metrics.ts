/** From the sums that evaluations of a regression give (`metricSums` of the engine) to metrics. */

import { finiteOrNull } from '@lockstep/core';

export interface RegressionMetrics {
  /** null: not finite. */
  readonly meanAbsoluteError: number | null;
  /** Absent where a target hardly varies, or where it is not finite. */
  readonly rSquared?: number;
}

/**
 * Below this share of the squared distances from the offset, the variance is what float32 rounding has left of them, and
 * says nothing.
 */
const SMALLEST_SHARE = 1e-5;

/**
 * @param sums absolute error (1); squared error, distance from the offset and squared distance of each target (T each)
 * @param samples what they were summed over
 */
export function regressionMetrics(sums: Float64Array, samples: number): RegressionMetrics {
  const targets = (sums.length - 1) / 3;
  const meanAbsoluteError = finiteOrNull((sums[0] ?? 0) / samples);
  const at = (group: number, target: number): number => sums[1 + group * targets + target] ?? 0;
  let total = 0;
  for (let target = 0; target < targets; target += 1) {
    const [residual, distance, squares] = [at(0, target), at(1, target), at(2, target)];
    // sum (y - mean)^2 = sum (y - c)^2 - (sum (y - c))^2 / n for any c; little cancels where c is near the mean.
    const variation = squares - (distance * distance) / samples;
    if (!(variation > SMALLEST_SHARE * squares)) return { meanAbsoluteError };
    total += 1 - residual / variation;
  }
  const rSquared = finiteOrNull(total / targets);
  return { meanAbsoluteError, ...(rSquared !== null && { rSquared }) };
}
