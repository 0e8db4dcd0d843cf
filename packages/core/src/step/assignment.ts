/** Cuts slices into contiguous ranges, a worker each, by the workers' speeds. */
import type { SliceRange } from './reduction-tree.js';

export interface WorkerShare {
  readonly worker: string;
  /** Slices a second, or anything proportional to it. */
  readonly speed: number;
}

export interface AssignedRange extends SliceRange {
  readonly worker: string;
}

/** A cut may move this share of an average range to fall on a higher boundary of the tree. */
const TOLERANCE = 0.15;

/**
 * Splits `range` in proportion to the speeds. Cuts prefer high boundaries of the reduction tree, so that a worker sends
 * one or two nodes instead of many.
 */
export function assignRanges(range: SliceRange, workers: readonly WorkerShare[]): AssignedRange[] {
  const total = workers.reduce((sum, worker) => sum + worker.speed, 0);
  const slices = range.end - range.first;
  const slack = (slices / Math.max(1, workers.length)) * TOLERANCE;
  const ranges: AssignedRange[] = [];
  let first = range.first;
  let speedSoFar = 0;
  workers.forEach((worker, index) => {
    speedSoFar += worker.speed;
    const ideal = range.first + (slices * speedSoFar) / total;
    const last = index === workers.length - 1;
    const end = last ? range.end : Math.min(range.end, Math.max(first, alignedCut(ideal, slack)));
    if (end > first) ranges.push({ worker: worker.worker, first, end });
    first = end;
  });
  return ranges;
}

/** The whole number within `slack` of `ideal` that the highest power of two divides; else the nearest one. */
function alignedCut(ideal: number, slack: number): number {
  for (let size = 2 ** 30; size > 1; size /= 2) {
    const candidate = Math.round(ideal / size) * size;
    if (candidate > 0 && Math.abs(candidate - ideal) <= slack) return candidate;
  }
  return Math.round(ideal);
}
