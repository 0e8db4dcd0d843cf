/**
 * Where a job's training stands, as one value that can be written down: with the parameters and the optimiser's state it
 * is all that the rest of the job depends on.
 */
import { z } from 'zod';
import type { EpochMetrics } from '../report.js';
import { improvementSchema, initImprovement, updateImprovement } from './improvement.js';
import { initSchedule, scheduleStateSchema, updateSchedule } from './learning-rate.js';
import type { TrainingRules } from './rules.js';

const count = z.number().int().min(0);
const seconds = z.number().min(0);

/** What a task has more, such as accuracy, goes through as it is. A loss that is not finite is null. */
const metrics = z.looseObject({ samples: count, loss: z.number().nullable() });
const epochSchema = z.looseObject({
  ...{ epoch: count, steps: count, seconds, samplesPerSecond: seconds },
  ...{ train: metrics, validation: metrics.exactOptional() },
}) as unknown as z.ZodType<EpochMetrics>;

export const trainingPositionSchema = z.strictObject({
  version: z.literal(1),
  /** Updates applied. */
  step: count,
  /** The epoch under way, from 1; the one after the last when all are done. */
  epoch: z.number().int().min(1),
  /** Updates applied in it. When all of them are, its evaluation is next. */
  stepInEpoch: count,
  /** The epoch's sums so far, by name. */
  sums: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
  schedule: scheduleStateSchema,
  earlyStopping: improvementSchema,
  /** Early stopping has ended the training: only the last evaluation is left. */
  stopped: z.boolean(),
  history: z.array(epochSchema),
  /** Samples trained on, and the time it took, over all that worked on it. Not part of what the weights depend on. */
  samples: count,
  seconds,
  epochSeconds: seconds,
});

export type TrainingPosition = z.infer<typeof trainingPositionSchema>;

export function firstPosition(): TrainingPosition {
  return {
    ...{ version: 1, step: 0, epoch: 1, stepInEpoch: 0, sums: {} },
    ...{ schedule: initSchedule(), earlyStopping: initImprovement(), stopped: false, history: [] },
    ...{ samples: 0, seconds: 0, epochSeconds: 0 },
  };
}

/** Steps of an epoch: the last one of a job by steps may be cut short. */
export function stepsInEpoch({ steps, stepsPerEpoch }: TrainingRules, epoch: number): number {
  return Math.max(0, Math.min(stepsPerEpoch, steps - (epoch - 1) * stepsPerEpoch));
}

/** Whether no epoch is left. */
export function isTrained(rules: TrainingRules, { stopped, epoch }: TrainingPosition): boolean {
  return stopped || stepsInEpoch(rules, epoch) === 0;
}

/** After an update. */
export function afterStep(position: TrainingPosition, samples: number): TrainingPosition {
  const { step, stepInEpoch } = position;
  return { ...position, step: step + 1, stepInEpoch: stepInEpoch + 1, samples: position.samples + samples };
}

export interface EpochEnd {
  readonly position: TrainingPosition;
  /** The epoch is the best so far: its weights are to be kept. */
  readonly improved: boolean;
}

/** After an epoch's evaluation. */
export function afterEpoch(rules: TrainingRules, before: TrainingPosition, metrics: EpochMetrics): EpochEnd {
  const { earlyStopping: settings } = rules;
  const watched = settings === null ? before.earlyStopping : updateImprovement(settings, before.earlyStopping, metrics);
  const position: TrainingPosition = {
    ...before,
    ...{ epoch: before.epoch + 1, stepInEpoch: 0, sums: {}, epochSeconds: 0 },
    schedule: updateSchedule(rules, before.schedule, metrics),
    earlyStopping: watched,
    stopped: settings !== null && watched.wait >= settings.patience,
    history: [...before.history, metrics],
  };
  return { position, improved: settings !== null && watched.wait === 0 };
}

/** Whether a position that was read can be one of this job. */
export function fitsRules(rules: TrainingRules, position: TrainingPosition): boolean {
  const { step, epoch, stepInEpoch, history, earlyStopping } = position;
  const before = Math.min(rules.steps, (epoch - 1) * rules.stepsPerEpoch);
  const inEpoch = stepInEpoch <= stepsInEpoch(rules, epoch);
  const best = earlyStopping.bestEpoch ?? 0;
  return step === before + stepInEpoch && inEpoch && history.length === epoch - 1 && best <= history.length;
}
