import type { JobPlan } from '@lockstep/core';
import type { Optimizer } from '@tensorflow/tfjs-node';
import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { tf } from '../support/eager-reference.js';
import { madeUpWeights, planMadeUp } from '../support/made-up-job.js';
import { withRecordedJob } from '../support/recorded-job.js';

const STEPS = 20;
const RATE = 0.05;
/** The weight sum of a minibatch: the gradient sums are divided by it. */
const WEIGHT = 3;

const OPTIMIZERS: readonly { name: string; spec: object; tfjs: () => Optimizer }[] = [
  { name: 'SGD', spec: { type: 'sgd' }, tfjs: () => tf.train.sgd(RATE) },
  { name: 'momentum', spec: { type: 'sgd', momentum: 0.9 }, tfjs: () => tf.train.momentum(RATE, 0.9) },
  {
    name: "Nesterov's momentum",
    spec: { type: 'sgd', momentum: 0.8, nesterov: true },
    tfjs: () => tf.train.momentum(RATE, 0.8, true),
  },
  {
    name: 'Adam',
    spec: { type: 'adam', beta1: 0.85, beta2: 0.99, epsilon: 1e-5 },
    tfjs: () => tf.train.adam(RATE, 0.85, 0.99, 1e-5),
  },
  { name: 'RMSProp', spec: { type: 'rmsprop', decay: 0.8 }, tfjs: () => tf.train.rmsprop(RATE, 0.8, 0, 1e-7) },
  {
    name: 'RMSProp with momentum',
    spec: { type: 'rmsprop', momentum: 0.7 },
    tfjs: () => tf.train.rmsprop(RATE, 0.9, 0.7, 1e-7),
  },
  {
    name: 'centred RMSProp',
    spec: { type: 'rmsprop', momentum: 0.3, centered: true },
    // Where it centres, tfjs subtracts epsilon instead of adding it.
    tfjs: () => tf.train.rmsprop(RATE, 0.9, 0.3, -1e-7, true),
  },
  {
    name: 'AdaGrad',
    spec: { type: 'adagrad', initialAccumulatorValue: 0.2 },
    tfjs: () => tf.train.adagrad(RATE, 0.2),
  },
];

/** One small weight, a few with a SIMD tail, and many. */
const WIDTHS = [1, 5, 700];

function planWith(width: number, optimizer: object): JobPlan {
  const layers = [{ type: 'dense' as const, units: 3 }];
  return planMadeUp({ featureShape: [width], layers, training: { optimizer } });
}

function gradientOf(plan: JobPlan, step: number): Float32Array {
  return madeUpWeights(plan, 100 + step);
}

/** What a minibatch of that average gradient sums up to. */
function sumsOf(plan: JobPlan, step: number): Float32Array {
  return Float32Array.from([...gradientOf(plan, step).map((value) => value * WEIGHT), 1.5, WEIGHT]);
}

function recorded(plan: JobPlan): Float32Array {
  return withRecordedJob(plan, (job) => {
    const state = job.parameterState(madeUpWeights(plan));
    for (let step = 1; step <= STEPS; step++) state.apply(sumsOf(plan, step), RATE);
    const parameters = state.readParameters();
    state.dispose();
    return parameters;
  });
}

function byTfjs(plan: JobPlan, optimizer: Optimizer): Float32Array {
  const variable = tf.variable(tf.tensor1d(madeUpWeights(plan)));
  for (let step = 1; step <= STEPS; step++) {
    const gradient = tf.tensor1d(gradientOf(plan, step));
    optimizer.applyGradients({ [variable.name]: gradient });
    gradient.dispose();
  }
  const parameters = variable.dataSync() as Float32Array;
  variable.dispose();
  optimizer.dispose();
  return parameters;
}

describe(`After ${String(STEPS)} steps the parameter server has the weights of tfjs's own`, () => {
  it.each(OPTIMIZERS.flatMap((optimizer) => WIDTHS.map((width) => ({ ...optimizer, width }))))(
    '$name with $width features',
    ({ spec, tfjs, width }) => {
      const plan = planWith(width, spec);
      expect(relativeDifference(recorded(plan), byTfjs(plan, tfjs()))).toBeLessThanOrEqual(1e-6);
    },
  );
});

/** Algorithm 2 of Loshchilov and Hutter (2019) in float64. */
function adamWByHand(plan: JobPlan, decay: number): number[] {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];
  return [...madeUpWeights(plan)].map((initial, index) => {
    let [weight, first, second] = [initial, 0, 0];
    for (let step = 1; step <= STEPS; step++) {
      const gradient = gradientOf(plan, step)[index] as number;
      first = beta1 * first + (1 - beta1) * gradient;
      second = beta2 * second + (1 - beta2) * gradient ** 2;
      const change = first / (1 - beta1 ** step) / (Math.sqrt(second / (1 - beta2 ** step)) + epsilon);
      weight -= RATE * (change + decay * weight);
    }
    return weight;
  });
}

it.each([0, 0.01, 0.5])('AdamW with a decay of %d has the weights that float64 arithmetic gives.', (weightDecay) => {
  const plan = planWith(5, { type: 'adamw', weightDecay });
  expect(relativeDifference(recorded(plan), adamWByHand(plan, weightDecay))).toBeLessThanOrEqual(1e-6);
});

it('AdamW without decay has the bits of Adam.', () => {
  const [without, adam] = [planWith(5, { type: 'adamw', weightDecay: 0 }), planWith(5, { type: 'adam' })];
  expect(recorded(without)).toEqual(recorded(adam));
});

it('Centred RMSProp stays finite where the gradient never changes, although rounding can make its variance negative.', () => {
  const plan = planWith(5, { type: 'rmsprop', centered: true });
  const sums = sumsOf(plan, 1).map((value, index, all) => (index < all.length - 2 ? 100 * value : value));
  withRecordedJob(plan, (job) => {
    const state = job.parameterState(madeUpWeights(plan));
    for (let step = 1; step <= 200; step++) state.apply(sums, RATE);
    expect(state.readParameters().every(Number.isFinite)).toBe(true);
    state.dispose();
  });
});

describe('A minibatch that is not finite', () => {
  const plan = planWith(5, { type: 'adam' });
  const good = sumsOf(plan, 1);
  const lossPlace = good.length - 2;
  it.each([
    { what: 'a NaN in the gradient', at: 3, value: NaN },
    { what: 'an infinity in the gradient', at: 0, value: -Infinity },
    { what: 'a loss of NaN', at: lossPlace, value: NaN },
    { what: 'an infinite loss', at: lossPlace, value: Infinity },
  ])('is refused and changes nothing: $what', ({ at, value }) => {
    withRecordedJob(plan, (job) => {
      const [state, untouched] = [0, 1].map(() => job.parameterState(madeUpWeights(plan)));
      if (state === undefined || untouched === undefined) throw new Error('There are two states.');
      for (const one of [state, untouched]) one.apply(good, RATE);
      expect(() => state.apply(good.with(at, value), RATE)).toThrow(
        expect.objectContaining({ code: 'LOSS_NOT_FINITE' }),
      );
      expect(state.step).toBe(1);
      expect(state.readParameters()).toEqual(untouched.readParameters());
      // Moments and step count are as they were too, or the next step would end elsewhere.
      for (const one of [state, untouched]) one.apply(sumsOf(plan, 2), RATE);
      expect(state.readParameters()).toEqual(untouched.readParameters());
      for (const one of [state, untouched]) one.dispose();
    });
  });
});
