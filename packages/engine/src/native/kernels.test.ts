import type { Tensor } from '@tensorflow/tfjs-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerKernels, sparseSoftmaxCrossEntropy } from './kernels.js';
import { native } from './tensorflow.js';

beforeAll(registerKernels);

/** Away from 0, where ReLU has no derivative. */
const POINTS = [-9, -3.5, -1, -0.25, -1e-3, 1e-3, 0.5, 1, 2.75, 8];

/** Central difference in float64. */
function derivative(f: (x: number) => number, x: number): number {
  const h = 1e-6;
  return (f(x + h) - f(x - h)) / (2 * h);
}

function expectClose(actual: Tensor, expected: readonly number[]): void {
  [...actual.dataSync()].forEach((value, index) => {
    expect(Math.abs(value - (expected[index] as number))).toBeLessThan(1e-6);
  });
}

describe('A native gradient is that of finite differences', () => {
  it.each([
    ['ReluGrad', (x: Tensor) => x.relu(), (x: number) => Math.max(0, x)],
    ['SigmoidGrad', (x: Tensor) => x.sigmoid(), (x: number) => 1 / (1 + Math.exp(-x))],
    ['TanhGrad', (x: Tensor) => x.tanh(), Math.tanh],
  ])('for %s', (_op, activation, f) => {
    const { tf } = native();
    const factors = POINTS.map((_, index) => 0.5 + index / POINTS.length);
    const gradient = tf.grad((x) => activation(x).mul(tf.tensor1d(factors)).sum())(tf.tensor1d(POINTS));
    expectClose(
      gradient,
      POINTS.map((x, index) => derivative(f, x) * (factors[index] as number)),
    );
  });

  it('for softmax cross-entropy of class numbers', () => {
    const { tf } = native();
    const logits = [
      [0.5, -1, 2],
      [30, -30, 0],
      [1e-3, 0, -1e-3],
    ];
    const labels = [2, 1, 0];
    const loss = (row: readonly number[], label: number) =>
      Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (row[label] as number);
    const compute = (x: Tensor) => sparseSoftmaxCrossEntropy(x, tf.tensor1d(labels, 'int32'));
    const [wanted, slopes] = [logits.map((row, i) => loss(row, labels[i] as number)), [] as number[]];
    logits.forEach((row, i) => {
      row.forEach((at, k) => {
        slopes.push((i + 1) * derivative((x) => loss(row.with(k, x), labels[i] as number), at));
      });
    });
    [...compute(tf.tensor2d(logits)).dataSync()].forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] as number, 5);
    });
    expectClose(
      tf.grad((x) =>
        compute(x)
          .mul(tf.tensor1d([1, 2, 3]))
          .sum(),
      )(tf.tensor2d(logits)),
      slopes,
    );
  });
});

it('ReLU has the gradient 0 at 0, as tfjs has it.', () => {
  const { tf } = native();
  expect([
    ...tf
      .grad((x) => x.relu().sum())(tf.tensor1d([0, -0]))
      .dataSync(),
  ]).toEqual([0, 0]);
});
