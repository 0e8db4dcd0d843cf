/** Distributed training against plain tfjs in one process: the loss of every step of gradient descent. */
import { createHash } from 'node:crypto';
// Before anything that records: see there.
import { trainEagerly } from '../support/eager-reference.js';
import {
  epochOrder,
  initialWeights,
  LockstepError,
  planJob,
  writeSafetensors,
  type DatasetManifest,
  type JobPlan,
} from '@lockstep/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';

const SAMPLES = 150;
const FEATURES = 12;
const CLASSES = 3;
const STEPS = 50;
const LEARNING_RATE = 0.3;

/** Three noisy clusters of points, the same in every run. */
function madeUpPoints(): { x: Float32Array; y: Int32Array } {
  const x = new Float32Array(SAMPLES * FEATURES);
  const y = Int32Array.from({ length: SAMPLES }, (_, row) => row % CLASSES);
  for (let i = 0; i < x.length; i++) {
    const row = Math.floor(i / FEATURES);
    x[i] = Math.sin(i * 12.9898) + ((i % FEATURES) % CLASSES === y[row] ? 1 : 0);
  }
  return { x, y };
}

const { x, y } = madeUpPoints();
const shard = writeSafetensors([
  ['x', { dtype: 'F32', shape: [SAMPLES, FEATURES], data: x }],
  ['y', { dtype: 'I32', shape: [SAMPLES], data: y }],
]);
const sha256 = createHash('sha256').update(shard).digest('hex');

const manifest: DatasetManifest = {
  name: 'points',
  version: 1,
  features: { shape: [FEATURES], dtype: 'float32', offset: 0.25, scale: 0.5 },
  labels: { kind: 'classes', classNames: ['a', 'b', 'c'] },
  rowsPerShard: SAMPLES,
  splits: { train: { count: SAMPLES, shards: [{ sha256, bytes: shard.length, count: SAMPLES }] } },
  source: 'made up',
};

/** The minibatch is the whole split, so an epoch is a step, and the history has the loss of each. */
const job = {
  name: 'points',
  task: 'multiclass',
  data: { train: 'points/train', validation: 0 },
  model: {
    layers: [
      { type: 'dense', units: 16, activation: 'tanh' },
      { type: 'dense', units: CLASSES },
    ],
  },
  training: {
    ...{ epochs: STEPS, batchSize: SAMPLES, sliceSize: 16, seed: 3 },
    optimizer: { type: 'sgd', learningRate: LEARNING_RATE },
  },
};

function plan(): JobPlan {
  const result = planJob(job, () => manifest);
  if (result.ok) return result.plan;
  throw new LockstepError('INVALID_SPEC', 'the job of this test has faults', { faults: result.faults });
}

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 2 });
  await cluster.client.datasets.uploadShard('points', sha256, shard);
  await cluster.client.datasets.put(manifest);
});

afterAll(() => cluster.close());

it('has the losses of 50 steps of a single process within 1e-5', async () => {
  const status = await cluster.train(job);
  expect(status).toMatchObject({ state: 'SUCCEEDED', steps: STEPS });
  const distributed = status.history.map(({ train }) => train.loss ?? Number.NaN);
  const rows = Uint32Array.from({ length: SAMPLES }, (_, index) => index);
  const minibatches = distributed.map((_, epoch) => epochOrder(rows, job.training.seed, epoch));
  const initial = initialWeights(plan().model, job.training.seed);
  const eager = trainEagerly(plan(), { x, y }, initial, minibatches, LEARNING_RATE);
  expect(distributed).toHaveLength(STEPS);
  const differences = distributed.map((loss, step) => Math.abs(loss - (eager.losses[step] as number)));
  expect(Math.max(...differences)).toBeLessThan(1e-5);
  // It has learnt something, so that the comparison is not one of constants.
  expect(distributed.at(-1)).toBeLessThan((distributed[0] as number) / 2);

  const { name, version } = status.model as { name: string; version: number };
  const weights = await cluster.client.models.downloadFile(name, version, 'weights.bin');
  const trained = new Float32Array(weights.buffer, weights.byteOffset, weights.byteLength / 4);
  trained.forEach((weight, index) => expect(weight).toBeCloseTo(eager.weights[index] as number, 4));
});
