/** A plan small enough for tests of what the coordinator does around the training. */
import { LockstepError, planJob, type DatasetManifest, type JobPlan } from '@lockstep/core';

const manifest: DatasetManifest = {
  ...{ name: 'made-up', version: 1, rowsPerShard: 100, source: 'made up' },
  features: { shape: [2], dtype: 'float32', offset: 0, scale: 1 },
  labels: { kind: 'classes', classNames: ['no', 'yes', 'perhaps'] },
  splits: { train: { count: 25, shards: [] }, test: { count: 7, shards: [] } },
};

/** Nine weights, 20 samples to train on in 4 steps an epoch, 5 to validate. */
export function smallPlan(training: object = {}, changes: object = {}): JobPlan {
  const file = {
    ...{ name: 'small', task: 'multiclass', data: { train: 'made-up/train', validation: 0.2, test: 'made-up/test' } },
    model: { layers: [{ type: 'dense', units: 3 }] },
    training: { batchSize: 5, ...training },
    ...changes,
  };
  const result = planJob(file, () => manifest);
  if (result.ok) return result.plan;
  throw new LockstepError('INVALID_SPEC', 'the test has faults', { faults: result.faults });
}
