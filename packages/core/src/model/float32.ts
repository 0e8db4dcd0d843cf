/** What job files may not say because float32 cannot hold it. */

/**
 * The least number that something is divided by, or that keeps a divisor from 0. Smaller ones may be 0 in float32, and
 * 0 / 0 where a gradient or a variance is 0.
 */
export const LEAST_DIVISOR = 1e-30;
