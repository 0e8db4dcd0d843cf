/** The stores' names in JetStream. */
export const BUCKETS = {
  /** Objects: dataset shards, by their SHA-256. */
  shards: 'lockstep-shards',
  /** Objects: recorded graphs, by their SHA-256. */
  graphs: 'lockstep-graphs',
  /** Objects: trained models' files, as `<job>.<file>`. */
  models: 'lockstep-models',
  /** Objects: checkpoints, as `<job>.<term>.<step>`. */
  checkpoints: 'lockstep-checkpoints',
  /** Keys: one record a job. */
  jobs: 'lockstep-jobs',
  /** Keys: one manifest a dataset. */
  datasets: 'lockstep-datasets',
} as const;
