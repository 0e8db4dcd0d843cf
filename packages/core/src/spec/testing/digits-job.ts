/** A dataset and the smallest job on it, for the tests of this folder. */
import type { DatasetManifest } from '../../dataset.js';
import { LockstepError } from '../../errors.js';
import type { JobPlan } from '../job-plan.js';
import { planJob } from '../plan-job.js';

export const mnist: DatasetManifest = {
  name: 'mnist',
  version: 1,
  features: { shape: [28, 28, 1], dtype: 'uint8', offset: 0, scale: 1 / 255 },
  labels: { kind: 'classes', classNames: Array.from('0123456789') },
  rowsPerShard: 1000,
  splits: {
    train: { count: 8000, shards: [] },
    test: { count: 2000, shards: [] },
    empty: { count: 0, shards: [] },
  },
  source: 'made up',
};
const iris: DatasetManifest = { ...mnist, name: 'iris' };
const huge: DatasetManifest = { ...mnist, name: 'huge', splits: { train: { count: 2 ** 40, shards: [] } } };
export const findDataset = (name: string): DatasetManifest | undefined =>
  [mnist, iris, huge].find((one) => one.name === name);

export const flatten = { type: 'flatten' };
export const output = { type: 'dense', units: 10 };
export const digitsJob = {
  name: 'digits',
  task: 'multiclass',
  data: { train: 'mnist/train' },
  model: { layers: [flatten, output] },
};

/** Faults of the smallest job with some sections changed, as `path: message`. */
export function digitsFaults(change: object): string[] {
  const result = planJob({ ...digitsJob, ...change }, findDataset, ['mnist', 'iris']);
  return result.ok ? [] : result.faults.map(({ path, message }) => `${path}: ${message}`);
}

/** The plan of that job; throws if it has faults. */
export function digitsPlan(change: object = {}): JobPlan {
  const result = planJob({ ...digitsJob, ...change }, findDataset);
  if (!result.ok) throw new LockstepError('INVALID_SPEC', JSON.stringify(result.faults));
  return result.plan;
}
