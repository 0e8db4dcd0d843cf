/** The rule for slices where the job file has none. It must not look at the cluster: the bits depend on it. */

const SMALLEST = 16;
const LARGEST = 128;

/**
 * Samples in a slice: the greatest power of two up to batchSize / 4, between 16 and 128, and never more than the
 * minibatch. Four slices let four threads share a small minibatch, and a large one has more; below 16 samples the native
 * kernels idle, and above 128 they gain little more (docs/decisions/0008-default-slice-size.md).
 */
export function defaultSliceSize(batchSize: number): number {
  let size = SMALLEST;
  while (size < LARGEST && size * 2 <= batchSize / 4) size *= 2;
  return Math.min(size, batchSize);
}
