import type { Tensor } from '@tensorflow/tfjs-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerKernels } from '../native/kernels.js';
import { native } from '../native/tensorflow.js';
import { smallPlan } from '../testing/small-plan.js';
import { forward } from './forward.js';
import { buildTfjsModel } from './tfjs-model.js';

beforeAll(registerKernels);

const WIDTH = 1000;
const SAMPLES = 100;

/** What ones become behind the first `layers` of a model of dropout layers; `layers` layers in all. */
function drop(rate: number, seed: readonly [number, number], layers = 1, training = true): Float32Array {
  const plan = smallPlan(
    [...Array.from({ length: layers }, () => ({ type: 'dropout', rate })), { type: 'dense', units: 3 }],
    [WIDTH],
  );
  const dropouts = { ...plan.model, layers: plan.model.layers.slice(0, layers) };
  const { tf } = native();
  const options = { training, seed: tf.tensor1d([...seed], 'int32') as Tensor, leaveOut: undefined };
  return forward(buildTfjsModel(plan.model), dropouts, tf.ones([SAMPLES, WIDTH]), options).dataSync() as Float32Array;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('Dropout', () => {
  it('depends on the seed alone.', () => {
    const mask = drop(0.5, [1, 2]).join();
    expect(drop(0.5, [1, 2]).join() === mask).toBe(true);
    expect(drop(0.5, [1, 3]).join() === mask).toBe(false);
    expect(drop(0.5, [5, 2]).join() === mask).toBe(false);
  });

  it('drops other elements in another layer.', () => {
    // Two equal masks of rate 1/2 would keep half of the elements, two independent ones keep a quarter.
    const kept = drop(0.5, [1, 2], 2).filter((value) => value !== 0).length / (SAMPLES * WIDTH);
    expect(Math.abs(kept - 0.25)).toBeLessThan(0.01);
  });

  it.each([0.1, 0.4, 0.9])('keeps the expectation at rate %d.', (rate) => {
    const values = drop(rate, [3, 4]);
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
    const deviation = Math.sqrt(rate / (1 - rate) / values.length);
    expect(Math.abs(mean(values) - 1)).toBeLessThan(5 * deviation);
  });

  it('does nothing outside training.', () => {
    expect(new Set(drop(0.9, [1, 2], 1, false))).toEqual(new Set([1]));
  });
});
