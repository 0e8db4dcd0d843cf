import { addSums, initialWeights, TreeSum, type JobPlan, type SliceSums } from '@lockstep/core';
import type { ParameterState } from '@lockstep/engine';
import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { pickSamples, trainEagerly, type Samples } from '../support/eager-reference.js';
import { madeUpSamples, planDigits, type LayerFile } from '../support/made-up-job.js';
import { withRecordedJob, type RecordedJob } from '../support/recorded-job.js';

const STEPS = 50;
const SLICE = 8;
/** Three slices, the last one short. */
const BATCH = 20;
const RATE = 0.1;

/**
 * The CNN is smooth. Among millions of ReLUs and maxima some are so close to a tie that rounding decides them, and then
 * two runs part by 1e-4 within a few steps: so does eager tfjs from itself when a minibatch's rows are turned round.
 */
const MODELS: readonly { name: string; layers: readonly LayerFile[] }[] = [
  { name: 'an MLP', layers: [{ type: 'flatten' }, { type: 'dense', units: 32, activation: 'relu' }] },
  {
    name: 'a CNN',
    layers: [
      { type: 'conv2d', filters: 4, kernelSize: 3, activation: 'tanh' },
      { type: 'averagePooling2d', poolSize: 2 },
      { type: 'conv2d', filters: 8, kernelSize: 3, activation: 'tanh' },
      { type: 'flatten' },
    ],
  },
];

function planOf(layers: readonly LayerFile[]): JobPlan {
  const model = { layers: [...layers, { type: 'dense', units: 10 }] };
  const training = { epochs: 1, batchSize: BATCH, sliceSize: SLICE, optimizer: 'sgd', seed: 3 };
  return planDigits(
    { name: 'sgd', task: 'multiclass', data: { train: 'mnist/train', validation: 0 }, model, training },
    200,
  );
}

/** One step as the cluster does it, without the bus; returns the mean loss. */
function step(job: RecordedJob, state: ParameterState, batch: Samples): number {
  const { plan } = job;
  const slices = Math.ceil(BATCH / SLICE);
  const tree = new TreeSum<SliceSums>(slices, addSums);
  const parameters = state.readParameters();
  for (let index = slices - 1; index >= 0; index--) {
    const end = Math.min((index + 1) * SLICE, BATCH);
    const rows = Array.from({ length: end - index * SLICE }, (_, row) => index * SLICE + row);
    const { values, counts } = job.run('train', parameters, pickSamples(plan, batch, rows));
    tree.insert({ level: 0, index }, { values, counts: Float64Array.from(counts) });
  }
  const sums = (tree.root as SliceSums).values;
  state.apply(sums, RATE);
  return (sums.at(-2) as number) / (sums.at(-1) as number);
}

describe(`${String(STEPS)} steps of slices, tree and parameter server have the losses of eager tfjs on whole minibatches`, () => {
  it.each(MODELS)('for $name', ({ layers }) => {
    const plan = planOf(layers);
    const data = madeUpSamples(plan, plan.data.trainSamples);
    const initial = initialWeights(plan.model, plan.seed);
    const minibatches = Array.from({ length: STEPS }, (_, index) =>
      Array.from({ length: BATCH }, (_unused, row) => (index * BATCH + row) % plan.data.trainSamples),
    );
    const expected = trainEagerly(plan, data, initial, minibatches, RATE);
    withRecordedJob(plan, (job) => {
      const state = job.parameterState(initial);
      const losses = minibatches.map((rows) => step(job, state, pickSamples(plan, data, rows)));
      expect(relativeDifference(losses, expected.losses)).toBeLessThanOrEqual(1e-5);
      expect(relativeDifference(state.readParameters(), expected.weights)).toBeLessThanOrEqual(1e-5);
      expect(losses.at(-1)).toBeLessThan(losses[0] as number);
      state.dispose();
    });
  });
});
