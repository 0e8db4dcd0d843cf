/** What of a job's plan decides how training goes on from step to step and from epoch to epoch. */
import type { EarlyStoppingSpec, JobPlan, ScheduleSpec } from '../spec/index.js';

export interface TrainingRules {
  /** Of the whole job, if nothing ends it early. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** As the job file has it; the schedule multiplies it. */
  readonly learningRate: number;
  readonly schedule: ScheduleSpec;
  /** null: never. */
  readonly earlyStopping: EarlyStoppingSpec | null;
}

export function trainingRules({ steps, stepsPerEpoch, schedule, earlyStopping, spec }: JobPlan): TrainingRules {
  return { steps, stepsPerEpoch, schedule, earlyStopping, learningRate: spec.training.optimizer.learningRate };
}
