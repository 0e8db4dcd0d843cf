/** Models of several kinds, each in eight slices, for tests of the bits. */
import type { JobPlan } from '@lockstep/core';
import { EXAMPLES, planExample } from './examples.js';
import { planMadeUp } from './made-up-job.js';

/** Samples of a slice; odd, so that vectors have a tail behind their SIMD body. */
export const SLICE = 7;
export const SLICES = 8;
const training = { batchSize: SLICE * SLICES, sliceSize: SLICE };

export interface SlicedModel {
  readonly name: string;
  plan(): JobPlan;
}

export const SLICED_MODELS: readonly SlicedModel[] = [
  ...EXAMPLES.map((name) => ({ name, plan: () => planExample(name, training) })),
  {
    name: 'an LSTM',
    plan: () =>
      planMadeUp({
        featureShape: [9, 5],
        layers: [
          { type: 'lstm', units: 11 },
          { type: 'dense', units: 3 },
        ],
        samples: SLICE * SLICES,
        training,
      }),
  },
  {
    name: 'a classifier of two weighted classes on columns of different size',
    plan: () =>
      planMadeUp({
        task: 'binary',
        classes: 2,
        featureShape: [5],
        normalisation: { offset: [0, 0.1, -0.3, 2, 5], scale: [1, 0.3, 2, 7, 0.1] },
        layers: [
          { type: 'dense', units: 13, activation: 'tanh' },
          { type: 'dense', units: 1, activation: 'sigmoid' },
        ],
        samples: SLICE * SLICES,
        training: { ...training, classWeights: { '0': 0.3, '1': 1.7 } },
      }),
  },
  {
    name: 'a regression with a frozen layer',
    plan: () =>
      planMadeUp({
        task: 'regression',
        targets: 2,
        featureShape: [5],
        layers: [
          { type: 'dense', units: 13, activation: 'tanh', trainable: false },
          { type: 'dense', units: 2 },
        ],
        samples: SLICE * SLICES,
        training,
      }),
  },
];
