import type { JobPlan } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { tf } from '../support/eager-reference.js';
import { madeUpWeights, planMadeUp } from '../support/made-up-job.js';
import { withRecordedJob } from '../support/recorded-job.js';

const STEPS = 10;
const RATE = 0.1;
/** The weight sum of a minibatch: the gradient sums are divided by it. */
const WEIGHT = 4;

type Clip = { value: number } | { norm: number } | { globalNorm: number };

function planWith(clip: Clip | undefined, optimizer: object): JobPlan {
  const layers = [
    { type: 'dense' as const, units: 4 },
    { type: 'dense' as const, units: 3 },
  ];
  return planMadeUp({ featureShape: [5], layers, training: { optimizer, ...(clip && { clip }) } });
}

/** Averaged gradients of several lengths, the first far within any limit. */
function gradientOf(plan: JobPlan, step: number): Float32Array {
  return madeUpWeights(plan, 50 + step).map((value) => value * step * step * 0.05);
}

function recorded(plan: JobPlan): { parameters: Float32Array; norms: number[] } {
  return withRecordedJob(plan, (job) => {
    const state = job.parameterState(madeUpWeights(plan));
    const norms = Array.from({ length: STEPS }, (_, step) => {
      const gradient = gradientOf(plan, step).map((value) => value * WEIGHT);
      return state.apply(Float32Array.from([...gradient, 1, WEIGHT]), RATE).gradientNorm;
    });
    const parameters = state.readParameters();
    state.dispose();
    return { parameters, norms };
  });
}

const lengthOf = (vector: Float32Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
const shorten = (vector: Float32Array, limit: number) => {
  const length = lengthOf(vector);
  return length > limit ? vector.map((value) => (value * limit) / length) : vector;
};

/** In plain JavaScript. */
function clipped({ model }: JobPlan, clip: Clip, gradient: Float32Array): Float32Array {
  if ('value' in clip) return gradient.map((value) => Math.max(-clip.value, Math.min(clip.value, value)));
  if ('globalNorm' in clip) return shorten(gradient, clip.globalNorm);
  const pieces = model.weights.map(({ offset, size }) => shorten(gradient.subarray(offset, offset + size), clip.norm));
  return Float32Array.from(pieces.flatMap((piece) => [...piece]));
}

function byTfjs(plan: JobPlan, clip: Clip, momentum: number): Float32Array {
  const variable = tf.variable(tf.tensor1d(madeUpWeights(plan)));
  const optimizer = tf.train.momentum(RATE, momentum);
  for (let step = 0; step < STEPS; step++) {
    const tensor = tf.tensor1d(clipped(plan, clip, gradientOf(plan, step)));
    optimizer.applyGradients([{ name: variable.name, tensor }]);
    tensor.dispose();
  }
  const parameters = variable.dataSync() as Float32Array;
  variable.dispose();
  optimizer.dispose();
  return parameters;
}

const CLIPS: readonly Clip[] = [{ value: 0.4 }, { norm: 0.7 }, { globalNorm: 1.1 }];

describe.each(CLIPS)('Clipping by %o', (clip) => {
  const optimizer = { type: 'sgd', momentum: 0.9 };
  const plan = planWith(clip, optimizer);

  it(`gives over ${String(STEPS)} steps the parameters of tfjs with gradients that are clipped by hand.`, () => {
    expect(relativeDifference(recorded(plan).parameters, byTfjs(plan, clip, 0.9))).toBeLessThanOrEqual(1e-6);
  });

  it('changes something, and the norm that is told is that before clipping.', () => {
    const [with_, without] = [recorded(plan), recorded(planWith(undefined, optimizer))];
    expect(relativeDifference(with_.parameters, without.parameters)).toBeGreaterThan(0.01);
    expect(with_.norms).toEqual(without.norms);
  });

  it('leaves the bits of gradients within the limit as they are.', () => {
    const wide = Object.fromEntries(Object.keys(clip).map((key) => [key, 1e6])) as Clip;
    expect(recorded(planWith(wide, optimizer)).parameters).toEqual(recorded(planWith(undefined, optimizer)).parameters);
  });

  it('does not hide a gradient that is not finite.', () => {
    withRecordedJob(plan, (job) => {
      const state = job.parameterState(madeUpWeights(plan));
      for (const bad of [NaN, Infinity]) {
        const sums = new Float32Array(plan.model.parameters + 2).fill(1).with(0, bad);
        expect(() => state.apply(sums, RATE)).toThrow(expect.objectContaining({ code: 'LOSS_NOT_FINITE' }));
      }
      state.dispose();
    });
  });
});
