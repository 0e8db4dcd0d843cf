/** The plan's settings of training, as far as the plan does not have them yet. */
import { z } from 'zod';
import type { EpochMetrics } from '../report.js';
import type { JobPlan as Plan } from '../spec/index.js';

export type Monitor = 'validationLoss' | 'validationAccuracy' | 'trainLoss';
export interface EarlyStoppingSpec {
  readonly monitor: Monitor;
  readonly patience: number;
  readonly minDelta: number;
  readonly restoreBestWeights: boolean;
}
export type ScheduleSpec = { readonly warmupSteps: number } & (
  | { readonly type: 'constant' }
  | { readonly type: 'step'; readonly every: number; readonly factor: number }
  | { readonly type: 'exponential'; readonly factor: number }
  | { readonly type: 'cosine'; readonly minimum: number }
  | {
      readonly type: 'plateau';
      readonly monitor: Monitor;
      readonly factor: number;
      readonly patience: number;
      readonly minDelta: number;
      readonly minimum: number;
    }
);
export interface CheckpointPlan {
  readonly everySteps: number | null;
  readonly everySeconds: number;
  readonly keep: number;
}
interface Settings {
  readonly epochs: number;
  readonly schedule: ScheduleSpec;
  readonly earlyStopping: EarlyStoppingSpec | null;
  readonly checkpoint: CheckpointPlan;
}

export type JobPlan = Plan & Partial<Settings>;

export function settingsOf(plan: JobPlan): Settings {
  return {
    epochs: plan.epochs ?? Math.ceil(plan.steps / plan.stepsPerEpoch),
    schedule: plan.schedule ?? { type: 'constant', warmupSteps: 0 },
    earlyStopping: plan.earlyStopping ?? null,
    checkpoint: plan.checkpoint ?? { everySteps: null, everySeconds: 60, keep: 3 },
  };
}

export const epochMetricsSchema = z.looseObject({ epoch: z.number() }) as unknown as z.ZodType<EpochMetrics>;
