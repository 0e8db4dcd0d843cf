/** What the rest of the coordinator asks of the models that are kept. */
import type {
  DatasetManifest,
  JobPlan,
  LayerSpec,
  ModelFeatures,
  ModelOutput,
  ModelSummary,
  ModelVersion,
  PinnedModel,
  SplitMetrics,
} from '@lockstep/core';
import type { ModelFile } from '@lockstep/engine';

/** What a job hands over at its end. */
export interface TrainedModel {
  /** The job's id: registering the same job again gives the version that is there. */
  readonly job: string;
  readonly plan: JobPlan;
  /** Of the dataset that it was trained on. */
  readonly manifest: DatasetManifest;
  /** All weights in model order. */
  readonly parameters: Float32Array;
  readonly metrics: {
    readonly train: SplitMetrics | null;
    readonly validation: SplitMetrics | null;
    readonly test: SplitMetrics | null;
  };
  /** What else is kept with the model, such as the state that training goes on from. */
  readonly files?: readonly ModelFile[];
  readonly createdAt: Date;
}

/** A model that was not trained here. */
export interface ImportedModel {
  readonly name: string;
  readonly layers: readonly LayerSpec[];
  readonly features: ModelFeatures;
  readonly classNames: readonly string[];
  /** Empty where the outputs are classes, or have no names. */
  readonly labelNames: readonly string[];
  /** Absent where it is not known: the last activation tells then. */
  readonly output?: ModelOutput | undefined;
  /** All weights in model order. */
  readonly parameters: Float32Array;
  readonly createdAt: Date;
}

/** A stored model's weights, and what says which is which. */
export interface ModelWeights {
  readonly model: ModelVersion;
  readonly parameters: Float32Array;
}

/** Every operation may end in TIMEOUT or UNREACHABLE; repeating is the caller's business, and does no harm. */
export interface ModelRegistry {
  register(model: TrainedModel): Promise<ModelVersion>;
  /** Importing the same again gives the version that is there. INVALID_MODEL */
  import(model: ImportedModel): Promise<ModelVersion>;
  /** By name, in ascending order. */
  list(): Promise<readonly ModelSummary[]>;
  /** NOT_FOUND */
  summary(name: string): Promise<ModelSummary>;
  /** In ascending order. NOT_FOUND for a model that is not there. */
  versions(name: string): Promise<readonly ModelVersion[]>;
  /** @param reference `<name>[/<version|alias>]`; the newest version without one. NOT_FOUND, INVALID_OPTION */
  get(reference: string): Promise<ModelVersion>;
  /** Bytes of one of the version's files. NOT_FOUND, HASH_MISMATCH */
  file(model: ModelVersion, file: string): Promise<Uint8Array>;
  weights(reference: string): Promise<ModelWeights>;
  /** What a job's record keeps of `model.initialWeights`. NOT_FOUND, INVALID_OPTION */
  pin(reference: string): Promise<PinnedModel>;
  /** Names that version; `latest` cannot be set. NOT_FOUND, INVALID_OPTION */
  setAlias(name: string, alias: string, version: number): Promise<void>;
  /** NOT_FOUND when there is no such alias. */
  removeAlias(name: string, alias: string): Promise<void>;
  /** NOT_FOUND, CONFLICT while an alias names it */
  delete(name: string, version: number): Promise<void>;
}
