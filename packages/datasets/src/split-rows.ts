/**
 * Deals rows out to splits in constant memory. How many rows each class has is known before; then one row after the
 * other is drawn with the chance that what is left to draw has among what is left at all (Knuth, "selection sampling").
 * So each split gets its exact share of each class, every choice is equally likely, and the same seed chooses the same.
 */
import { randomStream, type RandomStream } from '@lockstep/core';

export interface SplitShare {
  readonly split: string;
  /** Of the samples, in (0, 1). */
  readonly share: number;
}

/** What is in no other split. */
export const TRAIN = 'train';

interface Stratum {
  readonly stream: RandomStream;
  /** Rows still to come, and how many of them each share is still to get. */
  left: number;
  readonly wanted: number[];
}

/**
 * @param classCounts rows of each class
 * @param shares add up to less than 1
 * @returns a function that is called with the class of each row in turn and answers with its split
 */
export function splitRows(
  classCounts: readonly number[],
  shares: readonly SplitShare[],
  seed: number,
): (rowClass: number) => string {
  const strata = classCounts.map((count, index): Stratum => {
    const stream = randomStream(seed, 'dataset-split', index);
    return { stream, left: count, wanted: quotas(count, shares) };
  });
  return (rowClass) => {
    const stratum = strata[rowClass];
    if (stratum === undefined || stratum.left <= 0) return TRAIN;
    let drawn = stratum.stream.nextBelow(stratum.left);
    stratum.left -= 1;
    for (const [index, { split }] of shares.entries()) {
      const wanted = stratum.wanted[index] ?? 0;
      if (drawn < wanted) {
        stratum.wanted[index] = wanted - 1;
        return split;
      }
      drawn -= wanted;
    }
    return TRAIN;
  };
}

/** To the nearest whole number, but training keeps at least one row of a class that has any. */
function quotas(count: number, shares: readonly SplitShare[]): number[] {
  let free = Math.max(0, count - 1);
  return shares.map(({ share }) => {
    const quota = Math.min(free, Math.round(count * share));
    free -= quota;
    return quota;
  });
}
