/** Jobs and samples that are made up, for tests of the engine: a plan in one line, and data that looks random. */
import {
  LockstepError,
  planJob,
  randomStream,
  type DatasetManifest,
  type JobPlan,
  type LayerType,
  type Task,
} from '@lockstep/core';
import type { Samples } from './eager-reference.js';

/** A layer as a job file has it. */
export type LayerFile = { readonly type: LayerType } & Readonly<Record<string, unknown>>;

export interface MadeUpJob {
  readonly layers: readonly LayerFile[];
  readonly featureShape: readonly number[];
  /** 3 unless given. */
  readonly classes?: number;
  readonly task?: Task;
  /** Values to predict, for a regression; else the labels are classes. */
  readonly targets?: number;
  /** What features are normalised with; by default nothing for float32, a division by 255 for uint8. */
  readonly normalisation?: { readonly offset: number | number[]; readonly scale: number | number[] };
  readonly training?: Readonly<Record<string, unknown>>;
  /** Samples of the training split, a minibatch and a slice: 4 in one slice unless given. */
  readonly samples?: number;
  readonly dtype?: 'uint8' | 'float32';
}

/** What a made-up dataset is like. */
type DatasetShape = Omit<MadeUpJob, 'layers' | 'task' | 'training'> & { readonly samples: number };

function manifest({ featureShape, samples, ...shape }: DatasetShape): DatasetManifest {
  const { classes = 3, targets, dtype = 'float32' } = shape;
  const names = (count: number) => Array.from({ length: count }, (_, index) => String(index));
  return {
    name: 'mnist',
    version: 1,
    features: {
      shape: [...featureShape],
      dtype,
      ...(shape.normalisation ?? { offset: 0, scale: dtype === 'uint8' ? 1 / 255 : 1 }),
    },
    labels:
      targets === undefined
        ? { kind: 'classes', classNames: names(classes) }
        : { kind: 'values', names: names(targets) },
    rowsPerShard: 1000,
    splits: { train: { count: samples, shards: [] }, test: { count: samples, shards: [] } },
    source: 'made up',
    ...(targets !== undefined && { statistics: { targets: names(targets).map(targetStatistics) } }),
  };
}

/** Of the targets that `madeUpSamples` makes. */
function targetStatistics(): { mean: number; deviation: number; minimum: number; maximum: number } {
  return { mean: MEAN_TARGET, deviation: 0.6, minimum: MEAN_TARGET - 1, maximum: MEAN_TARGET + 1 };
}

/** Far from 0, as years are. */
const MEAN_TARGET = 2000;

/** The plan of a small job without validation. */
export function planMadeUp({ layers, task, training, samples = 4, ...dataset }: MadeUpJob): JobPlan {
  return planFile(
    {
      name: 'made-up',
      task: task ?? 'multiclass',
      data: { train: 'mnist/train', validation: 0 },
      model: { layers },
      training: { epochs: 1, batchSize: samples, sliceSize: samples, ...training },
    },
    manifest({ ...dataset, samples }),
  );
}

/** The plan of a job file about digits, on a made-up dataset of as many. */
export function planDigits(file: unknown, samples = 1000): JobPlan {
  return planFile(file, manifest({ featureShape: [28, 28, 1], classes: 10, samples, dtype: 'uint8' }));
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
  const [classes, targets] = [data.classNames.length, data.targetNames.length];
  if (targets === 0) return { x, y: Int32Array.from({ length: count }, () => stream.nextBelow(classes)) };
  return { x, y: Float32Array.from({ length: count * targets }, () => MEAN_TARGET + 2 * stream.nextUniform() - 1) };
}

/** Weights of about the size that training has, biases too: zeros would hide what is multiplied by them. */
export function madeUpWeights({ model }: JobPlan, seed = 2): Float32Array {
  const stream = randomStream(seed, 'canary');
  return Float32Array.from({ length: model.parameters }, () => stream.nextUniform() - 0.5);
}
