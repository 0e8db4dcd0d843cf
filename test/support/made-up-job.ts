/** Jobs and samples that are made up, for tests of the engine: a plan in one line, and data that looks random. */
import {
  LockstepError,
  planJob,
  randomStream,
  type DatasetManifest,
  type JobPlan,
  type LayerType,
} from '@lockstep/core';
import type { Samples } from './eager-reference.js';

/** A layer as a job file has it. */
export type LayerFile = { readonly type: LayerType } & Readonly<Record<string, unknown>>;

export interface MadeUpJob {
  readonly layers: readonly LayerFile[];
  readonly featureShape: readonly number[];
  /** 3 unless given. */
  readonly classes?: number;
  readonly task?: 'multiclass' | 'autoencoder';
  readonly training?: Readonly<Record<string, unknown>>;
  /** Samples of the training split, a minibatch and a slice: 4 in one slice unless given. */
  readonly samples?: number;
  readonly dtype?: 'uint8' | 'float32';
}

function manifest(
  featureShape: readonly number[],
  classes: number,
  samples: number,
  dtype: 'uint8' | 'float32',
): DatasetManifest {
  const range = dtype === 'uint8' ? { offset: 0, scale: 1 / 255 } : { offset: 0, scale: 1 };
  return {
    name: 'mnist',
    version: 1,
    features: { shape: [...featureShape], dtype, ...range },
    labels: { kind: 'classes', classNames: Array.from({ length: classes }, (_, index) => String(index)) },
    rowsPerShard: 1000,
    splits: { train: { count: samples, shards: [] }, test: { count: samples, shards: [] } },
    source: 'made up',
  };
}

/** The plan of a small job without validation. */
export function planMadeUp({ layers, featureShape, classes = 3, samples = 4, ...job }: MadeUpJob): JobPlan {
  return planFile(
    {
      name: 'made-up',
      task: job.task ?? 'multiclass',
      data: { train: 'mnist/train', validation: 0 },
      model: { layers },
      training: { epochs: 1, batchSize: samples, sliceSize: samples, ...job.training },
    },
    manifest(featureShape, classes, samples, job.dtype ?? 'float32'),
  );
}

/** The plan of a job file about digits, on a made-up dataset of as many. */
export function planDigits(file: unknown, samples = 1000): JobPlan {
  return planFile(file, manifest([28, 28, 1], 10, samples, 'uint8'));
}

function planFile(file: unknown, dataset: DatasetManifest): JobPlan {
  const result = planJob(file, () => dataset, [dataset.name]);
  if (result.ok) return result.plan;
  throw new LockstepError('INVALID_SPEC', 'the made-up job has faults', { faults: result.faults });
}

/** `count` samples; uint8 features spread over 0 to 255, float32 ones over -1 to 1. */
export function madeUpSamples({ data }: JobPlan, count: number, seed = 1): Samples {
  const width = data.featureShape.reduce((product, size) => product * size, count);
  const stream = randomStream(seed, 'canary');
  const x =
    data.dtype === 'uint8'
      ? Uint8Array.from({ length: width }, () => stream.nextBelow(256))
      : Float32Array.from({ length: width }, () => 2 * stream.nextUniform() - 1);
  const classes = data.classNames.length;
  return { x, y: Int32Array.from({ length: count }, () => stream.nextBelow(classes)) };
}

/** Weights of about the size that training has, biases too: zeros would hide what is multiplied by them. */
export function madeUpWeights({ model }: JobPlan, seed = 2): Float32Array {
  const stream = randomStream(seed, 'canary');
  return Float32Array.from({ length: model.parameters }, () => stream.nextUniform() - 0.5);
}
