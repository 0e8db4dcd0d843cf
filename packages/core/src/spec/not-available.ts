/** What a job file may say but the engine cannot do yet: refused, so that no setting is ever silently ignored. */
import type { Fault } from '../errors.js';
import type { LayerSpec } from '../model/registry.js';
import type { DataPlan } from './job-plan.js';
import type { Task, TrainingSection } from './job-file.js';

interface Wishes {
  readonly task?: Task;
  readonly layers: readonly LayerSpec[];
  readonly initialWeights: boolean;
}

export function notAvailable(
  { task, layers, initialWeights }: Wishes,
  training: TrainingSection | undefined,
  data: DataPlan,
): Fault[] {
  const frozen = layers.findIndex(({ trainable }) => !trainable);
  const wishes: readonly [path: string, wished: boolean][] = [
    ['task', task === 'binary' || task === 'regression'],
    [`model.layers[${frozen}].trainable`, frozen >= 0],
    ['data.train', data.targetNames.length > 0 || typeof data.offset !== 'number' || typeof data.scale !== 'number'],
    ['model.initialWeights', initialWeights],
    ['training.clip', training?.clip !== undefined],
    ['training.classWeights', training?.classWeights !== undefined],
  ];
  return wishes.filter(([, wished]) => wished).map(([path]) => ({ path, message: 'is not available yet' }));
}
