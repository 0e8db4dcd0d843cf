/** The stores' names in JetStream. */
export const BUCKETS = {
  /** Objects: dataset shards, by their SHA-256. */
  shards: 'lockstep-shards',
  /** Objects: recorded graphs of jobs, as `graphObject` names them. */
  graphs: 'lockstep-graphs',
  /** Objects: files of models, by their SHA-256. */
  models: 'lockstep-models',
  /** Objects: checkpoints, as `<job>.<term>.<step>`. */
  checkpoints: 'lockstep-checkpoints',
  /** Keys: one index a model name, and one record a version. */
  modelRecords: 'lockstep-model-records',
  /** Keys: one record a job. */
  jobs: 'lockstep-jobs',
  /** Keys: one manifest a dataset. */
  datasets: 'lockstep-datasets',
  /** Keys: one record a worker that is shut out. */
  revokedWorkers: 'lockstep-revoked-workers',
} as const;

/** A job's graphs have names of its own, so that whoever has committed the job's end may delete them. */
export function graphObject(job: string, sha256: string): string {
  return `${job}.${sha256}`;
}
