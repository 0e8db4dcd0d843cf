import { expect, it } from 'vitest';
import { splitMetricsSchema } from './report.js';
import { metricsOf, precisionAndRecall } from './split-metrics.js';

it('lists every number that a split can have, in one order, whatever order it came in', () => {
  const numbers = Object.keys(splitMetricsSchema.shape).filter((key) => key !== 'samples' && key !== 'confusion');
  const all = Object.fromEntries(numbers.map((key, index) => [key, index])) as Record<'loss', number>;
  const reversed = Object.fromEntries(Object.entries(all).reverse()) as Record<'loss', number>;
  expect(metricsOf({ samples: 1, ...all }).map(({ key }) => key)).toEqual(numbers);
  expect(metricsOf({ samples: 1, ...reversed })).toEqual(metricsOf({ samples: 1, ...all }));
});

it('lists what is there, also what is not finite', () => {
  expect(metricsOf({ samples: 3, loss: null, accuracy: 0.5, confusion: [[3]] })).toEqual([
    { key: 'loss', title: 'loss', value: null },
    { key: 'accuracy', title: 'accuracy', value: 0.5 },
  ]);
  expect([metricsOf(null), metricsOf(undefined)]).toEqual([[], []]);
});

it('takes precision and recall from a confusion matrix of two classes, and none from nothing', () => {
  const confusion = [
    [5, 1],
    [2, 3],
  ];
  expect(precisionAndRecall(confusion)).toEqual({ precision: 3 / 4, recall: 3 / 5 });
  const never = [
    [5, 0],
    [2, 0],
  ];
  expect(precisionAndRecall(never)).toEqual({ recall: 0 });
  expect(precisionAndRecall([[7, 0]])).toEqual({});
});
