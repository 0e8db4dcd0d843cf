/** The compiled job: what the coordinator and the workers run. Units are fixed and nothing is optional. */
import type { Fault } from '../errors.js';
import type { ModelPlan } from '../model/model-plan.js';
import type { Shape } from '../model/shape.js';
import type { JobSpec, Loss } from './job-file.js';
import type { ClipPlan, EarlyStoppingSpec, ScheduleSpec } from './training-rules.js';

/** Where the validation samples come from. */
export type ValidationPlan =
  | { readonly type: 'none' }
  /** Cut off the training split by `splitTraining(count, fraction, seed)`. */
  | { readonly type: 'fraction'; readonly fraction: number }
  /** A split of the same dataset. */
  | { readonly type: 'split'; readonly split: string };

export interface DataPlan {
  readonly dataset: string;
  readonly version: number;
  /** Of the dataset's content; see `manifestSha256`. */
  readonly sha256: string;
  readonly trainSplit: string;
  readonly validation: ValidationPlan;
  /** null where the job has no test. */
  readonly testSplit: string | null;
  /** Empty where the labels are values. */
  readonly classNames: readonly string[];
  /** Names of the values to predict; empty where the labels are classes. */
  readonly targetNames: readonly string[];
  /**
   * One a target: a number near its mean, from which metrics sum distances, so that little is lost by rounding; 0 where
   * the dataset does not say.
   */
  readonly targetOffsets: readonly number[];
  /** Of one sample, without the batch dimension. */
  readonly featureShape: Shape;
  readonly dtype: 'uint8' | 'float32';
  /** The graph computes (x - offset) * scale; a list has one number for each element of the last axis. */
  readonly offset: number | readonly number[];
  readonly scale: number | readonly number[];
  /** Samples that are trained on: those held out for validation are not among them. */
  readonly trainSamples: number;
  readonly validationSamples: number;
  readonly testSamples: number;
}

/** Whether the last layer makes probabilities. A crossentropy is then to be computed from what goes into it. */
export type OutputActivation = 'softmax' | 'sigmoid' | 'none';

/** When checkpoints are made, besides at the ends of epochs. */
export interface CheckpointPlan {
  /** null: not by steps. */
  readonly everySteps: number | null;
  readonly everySeconds: number;
  /** How many are kept. */
  readonly keep: number;
}

export interface JobPlan {
  readonly spec: JobSpec;
  readonly model: ModelPlan;
  readonly data: DataPlan;
  /** A `binary` job with two outputs has `crossentropy` here, whichever of the two names its file has. */
  readonly loss: Loss;
  readonly outputActivation: OutputActivation;
  /** Samples of every slice but the last of a minibatch, which may be smaller. */
  readonly slices: { readonly size: number };
  /** Samples of one evaluation step: a whole number of slices. */
  readonly evaluationBatchSize: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  /** Epochs that the steps reach into: the last one is shorter where a job by steps ends within it. */
  readonly epochs: number;
  readonly schedule: ScheduleSpec;
  /** null: none. */
  readonly earlyStopping: EarlyStoppingSpec | null;
  /** Of the averaged gradient. */
  readonly clip: ClipPlan;
  /** By class number; null: every sample counts the same. */
  readonly classWeights: readonly number[] | null;
  /** `<model>/<version, alias or latest>` whose weights training starts from; null: drawn from the seed. */
  readonly initialWeights: string | null;
  /** `<model>/<version, alias or latest>` whose training goes on; null: the job has a start of its own. */
  readonly continueFrom: string | null;
  readonly checkpoint: CheckpointPlan;
  /** Jobs of higher priority run first. */
  readonly priority: number;
  readonly seed: number;
  /** Estimated need of one thread; see `estimateMemory`. */
  readonly memoryBytes: number;
}

export type JobPlanResult =
  { readonly ok: true; readonly plan: JobPlan } | { readonly ok: false; readonly faults: readonly Fault[] };
