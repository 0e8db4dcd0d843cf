import { planJob, splitMetricsSchema, type DatasetManifest, type JobPlan } from '@lockstep/core';
import { describe, expect, test } from 'vitest';
import { MetricSums } from './metric-sums.js';
import { regressionMetrics } from './regression-metrics.js';

function dataset(labels: DatasetManifest['labels']): DatasetManifest {
  return {
    name: 'rows',
    version: 1,
    features: { shape: [3], dtype: 'float32', offset: 0, scale: 1 },
    labels,
    rowsPerShard: 1000,
    splits: { train: { count: 1000, shards: [] } },
    source: 'made up',
  };
}

function planFor(task: string, units: number, labels: DatasetManifest['labels']): JobPlan {
  const layers = [{ type: 'dense', units }];
  const result = planJob({ name: 'metrics', task, data: { train: 'rows/train' }, model: { layers } }, () =>
    dataset(labels),
  );
  if (!result.ok) expect.fail(JSON.stringify(result.faults));
  return result.plan;
}

const binary = planFor('binary', 1, { kind: 'classes', classNames: ['healthy', 'ill'] });
const regression = planFor('regression', 2, { kind: 'values', names: ['height', 'weight'] });

function confused(confusion: readonly number[], loss = 0, weight = 1): MetricSums {
  const sums = new MetricSums(binary, 'evaluate');
  const samples = confusion.reduce((sum, count) => sum + count, 0);
  sums.add({ values: Float32Array.of(loss, weight), counts: Float64Array.of(...confusion, samples) });
  return sums;
}

describe('metrics of a binary task', () => {
  test('are accuracy, precision and recall of the second class, worked out by hand', () => {
    // 50 healthy ones of which 10 are taken for ill, 20 ill ones of which 5 are missed.
    expect(confused([40, 10, 5, 15], 35, 70).metrics()).toEqual({
      samples: 70,
      loss: 0.5,
      accuracy: 55 / 70,
      confusion: [
        [40, 10],
        [5, 15],
      ],
      precision: 15 / 25,
      recall: 15 / 20,
    });
  });

  test('leave out what would be a division by zero', () => {
    expect(confused([9, 0, 3, 0]).metrics()).toEqual(expect.not.objectContaining({ precision: expect.anything() }));
    expect(confused([9, 0, 3, 0]).metrics().recall).toBe(0);
    expect(confused([9, 3, 0, 0]).metrics().precision).toBe(0);
    expect(confused([9, 3, 0, 0]).metrics()).toEqual(expect.not.objectContaining({ recall: expect.anything() }));
  });

  test('divide the loss by the weights, and count samples apart from them', () => {
    const sums = confused([1, 1, 1, 1], 6, 12);
    sums.add({ values: Float32Array.of(2, 4), counts: Float64Array.of(4, 0, 0, 4, 8) });
    expect([sums.loss, sums.samples, sums.accuracy]).toEqual([8 / 16, 12, 10 / 12]);
  });

  test('in training are the accuracy alone', () => {
    const sums = new MetricSums(binary, 'train');
    sums.add({ values: new Float32Array(binary.model.parameters + 2).fill(3), counts: Float64Array.of(7, 10) });
    expect(sums.metrics()).toEqual({ samples: 10, loss: 1, accuracy: 0.7 });
  });
});

describe('metrics that overflow', () => {
  test('are null, as JSON has no infinity, and a coefficient of determination is left out', () => {
    const sums = new MetricSums(regression, 'evaluate');
    const infinite = Float32Array.of(Infinity, Infinity, Infinity, 0, 0, 9, 9, Infinity, 2);
    sums.add({ values: infinite, counts: Float64Array.of(0, 2) });
    const metrics = sums.metrics();
    expect(metrics).toEqual({ samples: 2, loss: null, meanAbsoluteError: null });
    expect(splitMetricsSchema.parse(JSON.parse(JSON.stringify(metrics)))).toEqual(metrics);
  });
});

describe('metrics of a regression', () => {
  /** Rows of (output, target) for each of two values; distances are from the offset 100. */
  const rows = [
    [
      [1, 101],
      [12, 110],
    ],
    [
      [3, 102],
      [18, 120],
    ],
    [
      [2, 106],
      [31, 130],
    ],
  ].map((row) => row.map(([output = 0, target = 0]) => [output + 100, target] as const));

  function sumsOf(): Float64Array {
    const sums = new Float64Array(7);
    for (const row of rows) {
      row.forEach(([output, target], index) => {
        sums[0]! += Math.abs(output - target) / 2;
        sums[1 + index]! += (output - target) ** 2;
        sums[3 + index]! += target - 100;
        sums[5 + index]! += (target - 100) ** 2;
      });
    }
    return sums;
  }

  test('are the mean absolute error and the coefficient of determination, averaged over the values', () => {
    // Errors 0, 1, -4 and 2, -2, 1; targets vary by 14 around 103 and by 200 around 120.
    const first = 1 - 17 / 14;
    const second = 1 - 9 / 200;
    expect(regressionMetrics(sumsOf(), 3)).toEqual({
      meanAbsoluteError: 10 / 6,
      rSquared: expect.closeTo((first + second) / 2, 12),
    });
  });

  test('leave the coefficient out where a value is always the same', () => {
    const constant = Float64Array.of(4, 9, 3 * 7, 3 * 49);
    expect(regressionMetrics(constant, 3)).toEqual({ meanAbsoluteError: 4 / 3 });
    const zero = Float64Array.of(4, 9, 0, 0);
    expect(regressionMetrics(zero, 3)).toEqual({ meanAbsoluteError: 4 / 3 });
  });

  test('add up over the rounds of an evaluation', () => {
    const sums = new MetricSums(regression, 'evaluate');
    const half = Float32Array.from(sumsOf(), (sum) => sum / 2);
    for (let round = 0; round < 2; round += 1) {
      sums.add({ values: Float32Array.of(...half, 5, 1.5), counts: Float64Array.of(0, 1.5) });
    }
    expect(sums.metrics()).toEqual({
      samples: 3,
      loss: 10 / 3,
      meanAbsoluteError: expect.closeTo(10 / 6, 6),
      rSquared: expect.closeTo((1 - 17 / 14 + 1 - 9 / 200) / 2, 6),
    });
  });
});
