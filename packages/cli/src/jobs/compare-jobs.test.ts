import type { EpochMetrics } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { rangeOf, renderSparkline } from '../output/sparkline.js';
import { epochMetrics, jobStatus } from '../testing/statuses.js';
import { compareJobs, renderComparison } from './compare-jobs.js';

const layers = [{ type: 'flatten' }, { type: 'dense', units: 10 }];
const spec = { name: 'a', model: { layers }, training: { epochs: 2, seed: 7 }, cluster: {} };

function epochs(...losses: number[]): EpochMetrics[] {
  return losses.map((loss, index) => ({
    ...epochMetrics(index + 1),
    train: { samples: 10, loss },
    validation: { samples: 2, loss: loss + 0.1, meanAbsoluteError: 0.5 },
  }));
}

const a = {
  ...jobStatus('SUCCEEDED', { id: 'j-1', weightsSha256: 'a'.repeat(64), history: epochs(1, 0.5, 0.25) }),
  test: { samples: 20, loss: 0.3, accuracy: 0.9, confusion: [[1]] },
  spec,
};
const b = {
  ...jobStatus('FAILED', { id: 'j-2', weightsSha256: 'b'.repeat(64), history: epochs(1.2, 0.4) }),
  spec: {
    ...spec,
    model: { layers: [layers[0], { type: 'dense', units: 12 }] },
    training: { epochs: 2, batchSize: 5 },
  },
};

describe('comparing two jobs', () => {
  it('finds every setting that is not the same, with its path', () => {
    expect(compareJobs(a, b).differences).toEqual([
      { path: 'model.layers[1].units', values: [10, 12] },
      { path: 'training.seed', values: [7, undefined] },
      { path: 'training.batchSize', values: [undefined, 5] },
    ]);
    expect(compareJobs(a, a)).toMatchObject({ differences: [], sameWeights: true });
    expect(compareJobs(a, { ...b, weightsSha256: null }).sameWeights).toBeNull();
    expect(compareJobs(a, { ...a, spec: undefined }).differences).toHaveLength(7);
  });

  it('has the curves and the final metrics of both, whichever metrics they have', () => {
    const { curves, metrics, sameWeights } = compareJobs(a, b);
    expect(curves).toEqual({
      'train loss': [
        [1, 0.5, 0.25],
        [1.2, 0.4],
      ],
      'validation loss': [
        [1.1, 0.6, 0.35],
        [1.3, 0.5],
      ],
      'validation mean absolute error': [
        [0.5, 0.5, 0.5],
        [0.5, 0.5],
      ],
    });
    expect(metrics).toEqual({ 'test loss': [0.3, null], 'test accuracy': [0.9, null] });
    expect(sameWeights).toBe(false);
  });

  it('is shown side by side, curves on one scale', () => {
    expect(renderComparison(compareJobs(a, b)).split('\n')).toEqual([
      '               j-1              j-2',
      'name           mnist-cnn        mnist-cnn',
      'state          SUCCEEDED        FAILED',
      'steps          100 in 5 epochs  100 in 5 epochs',
      'time           0:13             0:13',
      'samples/s      6,900            6,900',
      'parameters     225,034          225,034',
      'test loss      0.300            –',
      'test accuracy  0.900            –',
      'weights        aaaaaaaaaaaa     bbbbbbbbbbbb',
      'the weights differ',
      '',
      'settings that differ',
      '  model.layers[1].units  10  12',
      '  training.seed          7   –',
      '  training.batchSize     –   5',
      '',
      'curves by epoch, the first job above',
      '  train loss                      ▇▃▁  1.000 → 0.250',
      '                                  █▂   1.200 → 0.400',
      '  validation loss                 ▇▃▁  1.100 → 0.350',
      '                                  █▂   1.300 → 0.500',
      '  validation mean absolute error  ▁▁▁  0.500 → 0.500',
      '                                  ▁▁   0.500 → 0.500',
    ]);
  });
});

describe('a sparkline', () => {
  it('draws a value as a bar, the last of each few where there are many, and what is no number as a question', () => {
    expect(renderSparkline([0, 1, 2, 3, 4, 5, 6, 7], { least: 0, largest: 7 })).toBe('▁▂▃▄▅▆▇█');
    expect(
      renderSparkline(
        Array.from({ length: 400 }, (_, index) => index),
        { least: 0, largest: 399 },
        4,
      ),
    ).toBe('▂▄▆█');
    expect(renderSparkline([1, Number.NaN, 1], { least: 1, largest: 1 })).toBe('▁?▁');
    expect(renderSparkline([], { least: 0, largest: 1 })).toBe('');
    expect([rangeOf([Number.NaN]), rangeOf([3, Number.POSITIVE_INFINITY, 1])]).toEqual([
      undefined,
      { least: 1, largest: 3 },
    ]);
  });
});
