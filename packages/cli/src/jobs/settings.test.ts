import { isLockstepError } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { applySettings } from './settings.js';

const job = {
  name: 'toy',
  data: { train: 'a/train', test: 'a/test' },
  model: {
    layers: [
      { type: 'dense', units: 4 },
      { type: 'dense', units: 2 },
    ],
  },
  training: { epochs: 5, seed: 7 },
};

function faultOf(setting: string): string {
  try {
    applySettings(job, [setting]);
  } catch (error) {
    if (isLockstepError(error, 'INVALID_OPTION')) return error.faults[0]?.message ?? '';
    throw error;
  }
  return 'none';
}

describe('--set', () => {
  it('reads values as YAML does and leaves the job that it was given alone', () => {
    const before = structuredClone(job);
    const changed = applySettings(job, [
      'training.epochs=3',
      'name=other=name',
      'training.optimizer={type: sgd, learningRate: 1e-2}',
      'model.layers[0].units=8',
      'model.layers.1.useBias=false',
      'cluster.minWorkers=2',
    ]);
    expect(job).toEqual(before);
    expect(changed).toEqual({
      name: 'other=name',
      data: job.data,
      model: {
        layers: [
          { type: 'dense', units: 8 },
          { type: 'dense', units: 2, useBias: false },
        ],
      },
      training: { epochs: 3, seed: 7, optimizer: { type: 'sgd', learningRate: 0.01 } },
      cluster: { minWorkers: 2 },
    });
  });

  it('adds with a plus, removes with nothing, and applies settings in their order', () => {
    const settings = ['training.epochs=+5', 'training.epochs=+1.5', 'data.test=', 'model.layers[1]=', 'cluster.x='];
    const changed = applySettings(job, settings);
    expect(changed).toMatchObject({ training: { epochs: 11.5 }, model: { layers: [job.model.layers[0]] } });
    expect(changed['data']).toEqual({ train: 'a/train' });
    expect(changed).not.toHaveProperty('cluster');
  });

  it.each([
    ['training.epochs', 'no ='],
    ['=3', 'no path'],
    ['training..epochs=3', 'no path'],
    ['__proto__.polluted=1', 'no path'],
    ['training.constructor=1', 'no path'],
    ['training.steps=+5', 'no number'],
    ['name=+5', 'no number'],
    ['name.first=x', 'has no members'],
    ['model.layers[2].units=3', 'no element 2'],
    ['model.layers[7]=3', 'no element 7'],
    ['model.layers.units=3', 'no element units'],
    ['training.epochs=[1', 'not a value'],
    ['training.epochs=*a', 'not a value'],
  ])('refuses %s', (setting, message) => {
    expect(faultOf(setting)).toContain(message);
    expect({}).not.toHaveProperty('polluted');
  });
});
