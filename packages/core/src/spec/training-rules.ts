/**
 * What a job file can say about how training goes on: learning-rate schedules, early stopping, clipping and class
 * weights. Each has a compiled form in the plan, in which nothing is optional.
 */
import { z } from 'zod';
import { LEAST_DIVISOR } from '../model/float32.js';

const MOST_STEPS = 1_000_000_000;

/** Epochs, steps and the like. */
export const stepCount = z.number().int().min(1).max(MOST_STEPS);
const warmupSteps = z
  .number()
  .int()
  .min(0)
  .max(MOST_STEPS)
  .default(0)
  .describe('Steps in which the rate grows to what the schedule says');
/** What a learning rate is multiplied by: never more than 1, since a rate that grows without end ends in NaN. */
const factor = z.number().gt(0).max(1).describe('What the rate is multiplied by');
/** The rate that a schedule never goes below. */
const minimum = z.number().min(0).max(1e6).default(0).describe('The rate never falls below it');
const patience = (epochs: number) => z.number().int().min(1).max(MOST_STEPS).default(epochs);
const minDelta = z.number().min(0).max(1e6).default(0);

export const MONITORS = ['validationLoss', 'validationAccuracy', 'trainLoss'] as const;
/** What early stopping and the plateau schedule look at, after each epoch. */
export type Monitor = (typeof MONITORS)[number];
const monitor = z.enum(MONITORS).default('validationLoss');

export const scheduleSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant'), warmupSteps }),
  z.strictObject({
    type: z.literal('step'),
    every: stepCount.describe('Epochs from one change to the next'),
    factor,
    warmupSteps,
  }),
  z.strictObject({ type: z.literal('exponential'), factor, warmupSteps }),
  z.strictObject({ type: z.literal('cosine'), minimum, warmupSteps }),
  z.strictObject({
    type: z.literal('plateau'),
    monitor: monitor.describe('What has to get better, looked at after each epoch'),
    factor: z.number().gt(0).lt(1).default(0.5).describe('What the rate is multiplied by'),
    patience: patience(3).describe('Epochs without getting better, after which the rate falls'),
    minDelta: minDelta.describe('By how much a value must be better to count'),
    minimum,
    warmupSteps,
  }),
]);

/** With every setting filled in; narrow on `type`. */
export type ScheduleSpec = z.output<typeof scheduleSchema>;

export const SCHEDULES = [
  'constant',
  'step',
  'exponential',
  'cosine',
  'plateau',
] as const satisfies readonly ScheduleSpec['type'][];

export const earlyStoppingSchema = z.strictObject({
  monitor: monitor.describe('What has to get better, looked at after each epoch'),
  patience: patience(5).describe('Epochs without getting better, after which training ends'),
  minDelta: minDelta.describe('By how much a value must be better to count'),
  restoreBestWeights: z.boolean().default(true).describe('Whether the best epoch’s weights are the result'),
});

export type EarlyStoppingSpec = z.output<typeof earlyStoppingSchema>;

const limit = z.number().min(LEAST_DIVISOR).max(1e9).optional();

/** Exactly one of them; `check-training.ts` says so, since a union's faults would be hard to read. */
export const clipSchema = z
  .strictObject({
    value: limit.describe('Each element of the gradient is cut to between -value and value'),
    norm: limit.describe('The gradient of each weight is scaled down to this Euclidean norm where it is longer'),
    globalNorm: limit.describe('The same, for the gradient of all weights together'),
  })
  .meta({ minProperties: 1, maxProperties: 1 });

export type ClipSpec = z.output<typeof clipSchema>;

export const CLIP_TYPES = ['value', 'norm', 'globalNorm'] as const satisfies readonly (keyof ClipSpec)[];

/** How the averaged gradient is clipped before the optimizer sees it. */
export type ClipPlan =
  { readonly type: 'none' } | { readonly type: (typeof CLIP_TYPES)[number]; readonly limit: number };

export function clipPlan(clip: ClipSpec | undefined): ClipPlan {
  for (const type of CLIP_TYPES) {
    const limitOfType = clip?.[type];
    if (limitOfType !== undefined) return { type, limit: limitOfType };
  }
  return { type: 'none' };
}

export const classWeightsSchema = z.union([z.literal('balanced'), z.record(z.string(), z.number().min(1e-6).max(1e6))]);

export type ClassWeightsSpec = z.output<typeof classWeightsSchema>;
