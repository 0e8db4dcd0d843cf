/** Whether a watched value still gets better: what early stopping and the plateau schedule have in common. */
import { z } from 'zod';
import { LockstepError } from '../errors.js';
import type { EpochMetrics } from '../report.js';
import type { Monitor } from '../spec/index.js';

export const improvementSchema = z.strictObject({
  /** The best value so far, and the epoch that had it; null before the first finite one. */
  best: z.number().nullable(),
  bestEpoch: z.number().int().min(1).nullable(),
  /** Epochs since, that did not get better. */
  wait: z.number().int().min(0),
});

export type Improvement = Readonly<z.infer<typeof improvementSchema>>;

export interface Watch {
  readonly monitor: Monitor;
  /** By how much a value must be better to count. */
  readonly minDelta: number;
}

export function initImprovement(): Improvement {
  return { best: null, bestEpoch: null, wait: 0 };
}

/**
 * The state after an epoch. A value that is not finite is never better.
 * @throws LockstepError INVALID_SPEC when the job does not have the value that it watches
 */
export function updateImprovement(watch: Watch, state: Improvement, metrics: EpochMetrics): Improvement {
  const value = watched(watch.monitor, metrics);
  const gain = watch.monitor === 'validationAccuracy' ? value - (state.best ?? 0) : (state.best ?? 0) - value;
  const improved = Number.isFinite(value) && (state.best === null || gain > watch.minDelta);
  return improved ? { best: value, bestEpoch: metrics.epoch, wait: 0 } : { ...state, wait: state.wait + 1 };
}

function watched(monitor: Monitor, { train, validation }: EpochMetrics): number {
  const values = { trainLoss: train.loss, validationLoss: validation?.loss, validationAccuracy: validation?.accuracy };
  const value = values[monitor];
  if (value === null) return Number.NaN;
  if (value !== undefined) return value;
  throw new LockstepError('INVALID_SPEC', `the job is to watch ${monitor}, but does not have it`, {
    hint: 'Give data.validation, or watch trainLoss.',
  });
}
