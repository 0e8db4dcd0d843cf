/** What is measured: two models, two global batch sizes, made-up data of MNIST's shape. */
import { createHash } from 'node:crypto';
import { planJob, randomStream, writeSafetensors, type DatasetManifest, type JobPlan } from '@lockstep/core';

export const MODELS = {
  mlp: [{ type: 'flatten' }, { type: 'dense', units: 128, activation: 'relu' }, { type: 'dense', units: 10 }],
  cnn: [
    { type: 'conv2d', filters: 32, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2 },
    { type: 'conv2d', filters: 64, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2 },
    { type: 'flatten' },
    { type: 'dense', units: 128, activation: 'relu' },
    { type: 'dense', units: 10 },
  ],
} as const;

export type ModelName = keyof typeof MODELS;

export interface Workload {
  readonly model: ModelName;
  readonly batchSize: number;
}

export const WORKLOADS: readonly Workload[] = [
  { model: 'mlp', batchSize: 128 },
  { model: 'mlp', batchSize: 1024 },
  { model: 'cnn', batchSize: 128 },
  { model: 'cnn', batchSize: 1024 },
];

/** A whole number of the largest minibatches, so that no step is short. */
export const SAMPLES = 8192;
export const CLASSES = 10;
export const SIDE = 28;

export interface BenchData {
  readonly manifest: DatasetManifest;
  readonly shard: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
  readonly x: Uint8Array;
  readonly y: Int32Array;
}

export function makeData(): BenchData {
  const stream = randomStream(1, 'dataset-split');
  const x = Uint8Array.from({ length: SAMPLES * SIDE * SIDE }, () => stream.nextBelow(256));
  const y = Int32Array.from({ length: SAMPLES }, () => stream.nextBelow(CLASSES));
  const shard = writeSafetensors([
    ['x', { dtype: 'U8', shape: [SAMPLES, SIDE, SIDE, 1], data: x }],
    ['y', { dtype: 'I32', shape: [SAMPLES], data: y }],
  ]);
  const sha256 = createHash('sha256').update(shard).digest('hex');
  const manifest: DatasetManifest = {
    name: 'bench',
    version: 1,
    features: { shape: [SIDE, SIDE, 1], dtype: 'uint8', offset: 0, scale: 1 / 255 },
    labels: { kind: 'classes', classNames: Array.from({ length: CLASSES }, (_, index) => String(index)) },
    rowsPerShard: SAMPLES,
    splits: { train: { count: SAMPLES, shards: [{ sha256, bytes: shard.length, count: SAMPLES }] } },
    source: 'made for the benchmark',
  };
  return { manifest, shard, sha256, x, y };
}

/** The job file of a workload. */
export function jobOf({ model, batchSize }: Workload, epochs: number): Record<string, unknown> {
  return {
    name: `bench-${model}-${String(batchSize)}`,
    task: 'multiclass',
    data: { train: 'bench/train', validation: 0 },
    model: { layers: MODELS[model] },
    training: { epochs, batchSize, seed: 1, optimizer: { type: 'sgd', learningRate: 0.01 } },
  };
}

export function planOf(workload: Workload, manifest: DatasetManifest): JobPlan {
  const result = planJob(jobOf(workload, 1), () => manifest);
  if (result.ok) return result.plan;
  throw new TypeError(result.faults.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}
