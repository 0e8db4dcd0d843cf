import { describe, expect, it } from 'vitest';
import type { DatasetManifest } from '../dataset.js';
import { planJob, type JobPlan } from '../spec/index.js';
import { continuationFaults, continuedPosition, decidingSpec } from './continuation.js';
import { firstPosition } from './position.js';

const manifest: DatasetManifest = {
  ...{ name: 'made-up', version: 1, rowsPerShard: 100, source: 'made up' },
  features: { shape: [2], dtype: 'float32', offset: 0, scale: 1 },
  labels: { kind: 'classes', classNames: ['no', 'yes'] },
  splits: { train: { count: 20, shards: [] } },
};

/** Four steps an epoch. */
function planOf(training: object = {}, changes: object = {}, version = 1): JobPlan {
  const file = {
    ...{ name: 'small', task: 'multiclass', data: { train: 'made-up/train', validation: 0 } },
    model: { layers: [{ type: 'dense', units: 2 }] },
    training: { batchSize: 5, epochs: 3, ...training },
    ...changes,
  };
  const result = planJob(file, () => ({ ...manifest, version }));
  if (result.ok) return result.plan;
  throw new Error(JSON.stringify(result.faults));
}

/** As the record of a model has it. */
const recorded = ({ spec }: JobPlan): unknown => JSON.parse(JSON.stringify(spec));
const faults = (plan: JobPlan, base: unknown = recorded(planOf())): string[] =>
  continuationFaults(plan, base, 'small/1').map(({ path, message }) => `${path}: ${message.split(',')[0] ?? ''}`);

describe('a job that goes on with the training of a model', () => {
  it('may be longer, and have another name, cluster, priority and checkpoints', () => {
    const others = { name: 'other', priority: 3, cluster: { minWorkers: 2 }, checkpoint: { everySteps: 5 } };
    expect(faults(planOf({ epochs: 5 }, { ...others, continueFrom: 'small/1' }))).toEqual([]);
    expect(faults(planOf({ epochs: undefined, steps: 13 }))).toEqual([]);
  });

  it('must be longer, and says by how much at least', () => {
    expect(faults(planOf({ epochs: 3 }))).toEqual([expect.stringContaining('training.epochs: must be more than 3')]);
    const bySteps = planOf({ epochs: undefined, steps: 12 });
    expect(faults(bySteps)).toEqual([expect.stringContaining('training.steps: must be more than 12')]);
    expect(faults(planOf({ epochs: 2 }), recorded(planOf({ epochs: undefined, steps: 10 })))).toEqual([
      expect.stringContaining('training.epochs: must be more than 2'),
    ]);
  });

  it.each([
    ['training.batchSize: must be 5', planOf({ epochs: 5, batchSize: 10 })],
    ['training.seed: must be 0', planOf({ epochs: 5, seed: 1 })],
    [
      'training.optimizer.learningRate: must be 0.001',
      planOf({ epochs: 5, optimizer: { type: 'adam', learningRate: 1 } }),
    ],
    ['training.schedule: must be left out', planOf({ epochs: 5, schedule: { type: 'cosine' } })],
    ['model.layers[1]: must be left out', planOf({ epochs: 5 }, activated())],
    ['data.train: must be "made-up@1/train"', planOf({ epochs: 5 }, {}, 2)],
  ])('is refused where it would end with other weights: %s', (fault, plan) => {
    expect(faults(plan)).toContain(fault);
  });

  it('needs a model that a job has trained', () => {
    expect(faults(planOf({ epochs: 5 }), null)).toEqual([expect.stringContaining('continueFrom: small/1')]);
  });

  it('has the same deciding part as the job before, and another one for other weights', () => {
    expect(decidingSpec(planOf({ epochs: 9 }).spec)).toEqual(decidingSpec(planOf().spec));
    expect(decidingSpec(planOf({ seed: 1 }).spec)).not.toEqual(decidingSpec(planOf().spec));
  });

  it('trains on where early stopping had ended the training, and counts anew', () => {
    const improvement = { best: 0.5, bestEpoch: 2, wait: 4 };
    const stopped = { ...firstPosition(), stopped: true, earlyStopping: improvement };
    expect(continuedPosition(stopped)).toMatchObject({ stopped: false, earlyStopping: { ...improvement, wait: 0 } });
    expect(continuedPosition(firstPosition())).toEqual(firstPosition());
  });
});

function activated(): object {
  return {
    model: {
      layers: [
        { type: 'dense', units: 2, activation: 'relu' },
        { type: 'dense', units: 2 },
      ],
    },
  };
}
