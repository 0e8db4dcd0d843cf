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
];
