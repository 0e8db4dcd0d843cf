export {
  hasClasses,
  jobFileJsonSchema,
  LOSSES,
  TASKS,
  type JobFile,
  type JobSpec,
  type Loss,
  type Task,
} from './job-file.js';
export type { CheckpointPlan, DataPlan, JobPlan, JobPlanResult, OutputActivation, ValidationPlan } from './job-plan.js';
export { OPTIMIZERS, type OptimizerSpec } from './optimizer-spec.js';
export { planJob, type FindDataset } from './plan-job.js';
export { formatGibibytes } from './memory.js';
export { defaultSliceSize } from './slice-size.js';
export {
  CLIP_TYPES,
  MONITORS,
  SCHEDULES,
  type ClassWeightsSpec,
  type ClipPlan,
  type EarlyStoppingSpec,
  type Monitor,
  type ScheduleSpec,
} from './training-rules.js';
