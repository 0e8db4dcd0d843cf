import {
  isLockstepError,
  LockstepError,
  modelVersionSchema,
  planJob,
  type DatasetManifest,
  type JobPlan,
  type ModelVersion,
} from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { planPinned, startingWeights, startsFrom } from './initial-model.js';

const HASH = 'ab'.repeat(32);
const model: ModelVersion = modelVersionSchema.parse({
  ...{ name: 'base', version: 2, job: null, createdAt: '', task: null, spec: null, metrics: null, dataset: null },
  layers: [{ type: 'dense', units: 3, name: 'hidden' }],
  features: { shape: [2], dtype: 'float32', offset: 0, scale: 1, names: null, columns: null, image: null },
  output: { kind: 'values', activation: 'none' },
  ...{ classNames: [], labelNames: [], weightsSha256: HASH, parameters: 9, files: [] },
});
const models = {
  get: (reference: string) =>
    ['base/2', 'base/latest', 'base/champion'].includes(reference)
      ? Promise.resolve(model)
      : Promise.reject(new LockstepError('NOT_FOUND', `there is no ${reference}`)),
  weights: async (reference: string) => ({
    model: await models.get(reference),
    parameters: new Float32Array(9).fill(7),
  }),
};
const manifest: DatasetManifest = {
  ...{ name: 'made-up', version: 1, rowsPerShard: 10, source: 'made up' },
  features: { shape: [2], dtype: 'float32', offset: 0, scale: 1 },
  labels: { kind: 'classes', classNames: ['no', 'yes'] },
  splits: { train: { count: 10, shards: [] } },
};

function plan(spec: unknown): JobPlan {
  const result = planJob(spec, () => manifest);
  if (result.ok) return result.plan;
  throw new LockstepError('INVALID_SPEC', 'faults', { faults: result.faults });
}

function file(initialWeights?: unknown, hidden = 3, more: object = {}): object {
  return {
    ...{ name: 'next', task: 'multiclass', data: { train: 'made-up/train', validation: 0 } },
    model: {
      layers: [
        { type: 'dense', units: hidden, name: 'hidden', trainable: false },
        { type: 'dense', units: 2, name: 'head' },
      ],
      ...(initialWeights === undefined ? {} : { initialWeights }),
    },
    training: { batchSize: 5 },
    ...more,
  };
}

async function faults(spec: unknown): Promise<string[]> {
  try {
    await planPinned(spec, models, plan);
  } catch (error) {
    if (isLockstepError(error, 'INVALID_SPEC')) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe('The model that a job starts from', () => {
  it.each(['base/2', 'base/latest', 'base/champion', `base/2@${HASH}`])(
    'is pinned to its version and weights in the plan and in the job file that is kept, of %s.',
    async (reference) => {
      const planned = await planPinned(file(reference), models, plan);
      expect(planned.initialWeights).toBe(`base/2@${HASH}`);
      expect(planned.spec.model.initialWeights).toBe(`base/2@${HASH}`);
      expect(plan(planned.spec).initialWeights).toBe(`base/2@${HASH}`);
      expect(startsFrom(planned.spec, 'base', 2)).toBe(true);
      expect(startsFrom(planned.spec, 'base', 1)).toBe(false);
    },
  );

  it('gives its weights to the layers of its names.', async () => {
    const planned = await planPinned(file('base/latest'), models, plan);
    const start = await startingWeights(planned, new Float32Array(17), models);
    expect([...start]).toEqual([...Array<number>(9).fill(7), ...Array<number>(8).fill(0)]);
  });

  it('changes nothing where there is none.', async () => {
    const drawn = new Float32Array(17);
    expect(await startingWeights(await planPinned(file(), models, plan), drawn, models)).toBe(drawn);
  });

  it.each([
    [file('base/7'), ['model.initialWeights: there is no base/7']],
    [
      file('base'),
      [
        'model.initialWeights: must be <model>/<version>, such as mnist-mlp/3, mnist-mlp/champion or mnist-mlp/latest, got "base"',
      ],
    ],
    [file(7), ['model.initialWeights: must be text, got 7']],
    [file(`base/2@${'00'.repeat(32)}`), ['model.initialWeights: model base/2 does not have the weights 000000000000…']],
    [
      file('base/2', 4),
      [
        'model.layers[0] (hidden): has kernel [2, 4] and bias [4], in base/2 kernel [2, 3] and bias [3]; give the layer another name to have it start anew',
      ],
    ],
    [
      file('base/7', 3, { priority: 1000 }),
      ['priority: must be at most 100, got 1000', 'model.initialWeights: there is no base/7'],
    ],
  ])('is refused with all faults of the job: %#', async (spec, expected) => {
    expect(await faults(spec)).toEqual(expected);
  });
});
