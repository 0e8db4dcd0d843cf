/**
 * The learning rate of every step, as an init/update pair: state goes in and comes out, at the end of each epoch. All in
 * float64 by + - * / alone, so that it is the same on every machine and a job that goes on from a checkpoint has the
 * rates of one that was never interrupted.
 */
import { z } from 'zod';
import type { EpochMetrics } from '../report.js';
import { cosineOfHalfTurns } from './cosine.js';
import { improvementSchema, initImprovement, updateImprovement } from './improvement.js';
import type { TrainingRules } from './rules.js';
import { wholePower } from './whole-power.js';

export const scheduleStateSchema = z.strictObject({
  improvement: improvementSchema,
  /** How often a plateau has lowered the rate. */
  reductions: z.number().int().min(0),
});

export type ScheduleState = Readonly<z.infer<typeof scheduleStateSchema>>;

export function initSchedule(): ScheduleState {
  return { improvement: initImprovement(), reductions: 0 };
}

/** @param step updates applied before it: 0 for the first */
export function learningRate(rules: TrainingRules, state: ScheduleState, step: number): number {
  const { warmupSteps } = rules.schedule;
  const rate = scheduledRate(rules, state, step);
  return step < warmupSteps ? (rate * (step + 1)) / warmupSteps : rate;
}

function scheduledRate(rules: TrainingRules, { reductions }: ScheduleState, step: number): number {
  const { schedule, learningRate: rate, steps, stepsPerEpoch } = rules;
  const epoch = Math.floor(step / stepsPerEpoch);
  switch (schedule.type) {
    case 'constant':
      return rate;
    case 'step':
      return rate * wholePower(schedule.factor, Math.floor(epoch / schedule.every));
    case 'exponential':
      return rate * wholePower(schedule.factor, epoch);
    case 'cosine': {
      const { minimum, warmupSteps } = schedule;
      const part = Math.max(0, step - warmupSteps) / Math.max(1, steps - warmupSteps);
      const share = (1 + cosineOfHalfTurns(Math.min(1, part))) / 2;
      return rate <= minimum ? rate : minimum + (rate - minimum) * share;
    }
    case 'plateau':
      return Math.max(Math.min(rate, schedule.minimum), rate * wholePower(schedule.factor, reductions));
  }
}

/** The state after an epoch: only a plateau has any. */
export function updateSchedule(
  { schedule }: TrainingRules,
  { improvement, reductions }: ScheduleState,
  metrics: EpochMetrics,
): ScheduleState {
  if (schedule.type !== 'plateau') return { improvement, reductions };
  const next = updateImprovement(schedule, improvement, metrics);
  if (next.wait < schedule.patience) return { improvement: next, reductions };
  return { improvement: { ...next, wait: 0 }, reductions: reductions + 1 };
}
