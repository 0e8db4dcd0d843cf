import { expect, it } from 'vitest';
import { checkWorkers } from './check-workers.js';

it('refuses a job that asks for more workers than the demo starts', () => {
  expect(() => checkWorkers({ cluster: { minWorkers: 3 } }, 2)).toThrow(
    expect.objectContaining({
      code: 'INVALID_SPEC',
      faults: [{ path: 'cluster.minWorkers', message: 'must be at most 2, the workers of this cluster, got 3' }],
    }),
  );
});

it('leaves every other job to the service', () => {
  for (const cluster of [{ minWorkers: 2 }, {}, { minWorkers: NaN }, { minWorkers: '3' }, undefined, null, 'x']) {
    expect(() => {
      checkWorkers({ cluster }, 2);
    }).not.toThrow();
  }
});
