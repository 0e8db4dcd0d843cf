/** The compiled job: what the coordinator and the workers run. Units are fixed and nothing is optional. */
import type { Fault } from '../errors.js';
import type { ModelPlan } from '../model/model-plan.js';
import type { Shape } from '../model/shape.js';
import type { JobSpec, Loss } from './job-file.js';

/** Where the validation samples come from. */
export type ValidationPlan =
  | { readonly type: 'none' }
  /** Cut off the training split by `splitTraining(count, fraction, seed)`. */
  | { readonly type: 'fraction'; readonly fraction: number }
  /** A split of the same dataset. */
  | { readonly type: 'split'; readonly split: string };

export interface DataPlan {
  readonly dataset: string;
  readonly trainSplit: string;
  readonly validation: ValidationPlan;
  /** null where the job has no test. */
  readonly testSplit: string | null;
  readonly classNames: readonly string[];
  /** Of one sample, without the batch dimension. */
  readonly featureShape: Shape;
  readonly dtype: 'uint8' | 'float32';
  /** The graph computes (x - offset) * scale. */
  readonly offset: number;
  readonly scale: number;
  /** Samples that are trained on: those held out for validation are not among them. */
  readonly trainSamples: number;
  readonly validationSamples: number;
  readonly testSamples: number;
}

/** `softmax` if the last layer applies it; the loss is then to be computed from what goes into it. */
export type OutputActivation = 'softmax' | 'none';

export interface JobPlan {
  readonly spec: JobSpec;
  readonly model: ModelPlan;
  readonly data: DataPlan;
  readonly loss: Loss;
  readonly outputActivation: OutputActivation;
  /** Samples of every slice but the last of a minibatch, which may be smaller. */
  readonly slices: { readonly size: number };
  /** Samples of one evaluation step: a whole number of slices. */
  readonly evaluationBatchSize: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly seed: number;
  /** Estimated need of one thread; see `estimateMemory`. */
  readonly memoryBytes: number;
}

export type JobPlanResult =
  { readonly ok: true; readonly plan: JobPlan } | { readonly ok: false; readonly faults: readonly Fault[] };
