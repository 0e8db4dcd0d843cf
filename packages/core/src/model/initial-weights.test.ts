import { describe, expect, test } from 'vitest';
import { initialWeights } from './initial-weights.js';
import { planModel, type ModelPlan } from './model-plan.js';
import { layerSchema, type LayerInput } from './registry.js';

function plan(inputShape: number[], ...layers: LayerInput[]): ModelPlan {
  const result = planModel(
    layers.map((layer) => layerSchema.parse(layer)),
    inputShape,
  );
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.model;
}

function kernel(kernelInitializer: NonNullable<(LayerInput & { type: 'dense' })['kernelInitializer']>): Float32Array {
  return initialWeights(plan([200], { type: 'dense', units: 100, kernelInitializer, useBias: false }), 3);
}

function moments(values: Float32Array): { mean: number; variance: number; largest: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance, largest: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
}

describe('initialWeights', () => {
  test('are the same for the same seed, and others for another', () => {
    const model = plan([20], { type: 'dense', units: 10 }, { type: 'dense', units: 10 });
    expect(initialWeights(model, 1)).toEqual(initialWeights(model, 1));
    expect(initialWeights(model, 1)).not.toEqual(initialWeights(model, 2));
    const [first, , second] = model.weights.map(({ offset, size }) =>
      initialWeights(model, 1).slice(offset, offset + size),
    );
    expect(first?.slice(0, 10)).not.toEqual(second?.slice(0, 10));
  });

  test('never change: they are part of every stored result', () => {
    const model = plan(
      [2, 3],
      { type: 'lstm', units: 2, kernelInitializer: 'glorotNormal', returnSequences: true },
      { type: 'dense', units: 2 },
    );
    expect([...initialWeights(model, 7)].map((value) => value.toPrecision(9)).join(' ')).toMatchInlineSnapshot(
      `"-0.184035808 0.385401964 0.177522019 0.163558766 0.767039537 0.442748904 -0.442655385 -0.365584016 0.0345843285 0.459902227 -0.792049944 0.237194166 -0.335147500 -0.163357630 0.324080825 0.579701900 0.545597792 -0.145021647 0.139203921 0.471305102 0.740244329 -0.102652662 0.888255060 0.0452721566 0.561579227 0.438320816 -0.266754627 -0.125469938 -0.585961819 0.0420775488 -0.222766176 -0.104193583 -0.496376008 0.750224113 0.0831078812 -0.0900356397 -0.0793382302 -0.0131652355 0.219430149 0.348057300 0.00000000 0.00000000 1.00000000 1.00000000 0.00000000 0.00000000 0.00000000 0.00000000 -0.0464186706 -0.686590552 0.256685913 -0.261440426 0.00000000 0.00000000"`,
    );
  });

  // Variances by definition: 2 / (in + out), 2 / in, 1 / in; limits sqrt(3 variance) and 2 deviations before the cut.
  test.each([
    ['glorotUniform', 2 / 300, Math.sqrt(6 / 300)],
    ['glorotNormal', 2 / 300, (2 * Math.sqrt(2 / 300)) / 0.8796],
    ['heUniform', 2 / 200, Math.sqrt(6 / 200)],
    ['heNormal', 2 / 200, (2 * Math.sqrt(2 / 200)) / 0.8796],
    ['leCunUniform', 1 / 200, Math.sqrt(3 / 200)],
    ['leCunNormal', 1 / 200, (2 * Math.sqrt(1 / 200)) / 0.8796],
    ['randomNormal', 0.05 ** 2, Infinity],
    ['truncatedNormal', (0.05 * 0.8796) ** 2, 0.1],
    ['randomUniform', 0.1 ** 2 / 12, 0.05],
  ] as const)('%s has its variance and its limits', (type, variance, limit) => {
    const seen = moments(kernel(type));
    expect(Math.abs(seen.mean)).toBeLessThan(4 * Math.sqrt(variance / 20_000));
    expect(seen.variance / variance).toBeGreaterThan(0.96);
    expect(seen.variance / variance).toBeLessThan(1.04);
    expect(seen.largest).toBeLessThanOrEqual(limit * 1.0001);
  });

  test('constants are constant, and take their parameters', () => {
    expect(new Set(kernel('zeros'))).toEqual(new Set([0]));
    expect(new Set(kernel('ones'))).toEqual(new Set([1]));
    expect(new Set(kernel({ type: 'constant', value: 0.25 }))).toEqual(new Set([0.25]));
    expect(moments(kernel({ type: 'randomNormal', mean: 5, stddev: 2 })).mean).toBeCloseTo(5, 1);
  });

  test.each([
    [4, 4],
    [3, 12],
    [12, 3],
  ])('orthogonal matrices of %d by %d have orthonormal rows or columns', (rows, columns) => {
    const layer: LayerInput = { type: 'dense', units: columns, kernelInitializer: 'orthogonal', useBias: false };
    const values = initialWeights(plan([rows], layer), 11);
    const vectors = Array.from({ length: Math.min(rows, columns) }, (_, vector) =>
      Array.from({ length: Math.max(rows, columns) }, (_, index) =>
        rows <= columns ? (values[vector * columns + index] ?? 0) : (values[index * columns + vector] ?? 0),
      ),
    );
    for (const [i, a] of vectors.entries()) {
      for (const [j, b] of vectors.entries()) {
        const product = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
  });

  test('an LSTM starts with a forget gate of ones unless it says otherwise', () => {
    const bias = (unitForgetBias: boolean): number[] => {
      const model = plan([2, 3], { type: 'lstm', units: 2, unitForgetBias });
      const { offset = 0 } = model.weights.at(-1) ?? {};
      return [...initialWeights(model, 1).slice(offset)];
    };
    expect(bias(true)).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(bias(false)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
