/** Plans of small made-up jobs for the engine's unit tests. */
import { LockstepError, planJob, type JobPlan } from '@lockstep/core';

/** Three classes, float32 features of the given shape, four samples a minibatch and a slice. */
export function smallPlan(layers: readonly object[], featureShape: readonly number[] = [4]): JobPlan {
  const file = {
    name: 'small',
    task: 'multiclass',
    data: { train: 'small/train', validation: 0 },
    model: { layers },
    training: { epochs: 1, batchSize: 4, sliceSize: 4 },
  };
  const result = planJob(file, () => ({
    name: 'small',
    version: 1,
    features: { shape: [...featureShape], dtype: 'float32', offset: 0, scale: 1 },
    labels: { kind: 'classes', classNames: ['a', 'b', 'c'] },
    rowsPerShard: 4,
    splits: { train: { count: 4, shards: [] } },
    source: 'made up',
  }));
  if (!result.ok) throw new LockstepError('INVALID_SPEC', 'the small plan has faults', { faults: result.faults });
  return result.plan;
}
