/** The rule for slices where the job file has none. It must not look at the cluster: the bits depend on it. */
import type { ModelPlan } from '../model/model-plan.js';

const SMALLEST = 16;
const LARGEST = 64;

/**
 * Samples in a slice: the greatest power of two up to batchSize / 8, between 16 and 64, and never more than the
 * minibatch. Eight slices let eight threads share a minibatch; below 16 samples the native kernels idle.
 */
export function defaultSliceSize(batchSize: number, _model: ModelPlan): number {
  let size = SMALLEST;
  while (size < LARGEST && size * 2 <= batchSize / 8) size *= 2;
  return Math.min(size, batchSize);
}
