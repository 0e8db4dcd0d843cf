/** When the next checkpoint is due: a decision of numbers, without a clock of its own. */
import type { CheckpointPlan } from '../spec/index.js';

/** What is known when a step has been applied or an epoch has ended. Times are milliseconds of a monotonic clock. */
export interface CheckpointMoment {
  readonly now: number;
  readonly step: number;
  /** An epoch has ended since the last checkpoint was begun. */
  readonly epochEnded: boolean;
  /** The last one that was begun, or the start of the run. */
  readonly last: { readonly step: number; readonly at: number };
  /** How long the last one took; 0 before the first. */
  readonly lastMilliseconds: number;
}

/** Writing may take this share of the time at most: checkpoints of short epochs are left out. */
const WRITING_SHARE = 0.1;

export function checkpointDue({ everySteps, everySeconds }: CheckpointPlan, moment: CheckpointMoment): boolean {
  const { now, step, epochEnded, last, lastMilliseconds } = moment;
  const bySteps = everySteps !== null && step - last.step >= everySteps;
  const bySeconds = now - last.at >= everySeconds * 1000;
  if (step === last.step && !epochEnded) return false;
  return (epochEnded || bySteps || bySeconds) && now - last.at >= lastMilliseconds / WRITING_SHARE;
}
