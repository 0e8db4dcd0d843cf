/**
 * What a frame may hold at most. They bound the memory that one message can make a receiver use, and are wide enough
 * for any job that the spec allows.
 */
export const LIMITS = {
  /** NATS' max_payload as the project configures it, and so the largest frame. */
  frameBytes: 8 * 1024 * 1024,
  /** Frames other than begin, prepare, parameters and part. */
  smallFrameBytes: 64 * 1024,
  /** Of `values` in one chunk: four times the default chunk. */
  chunkBytes: 4 * 1024 * 1024,
  chunks: 65_536,
  /** Level of a node of the reduction tree. */
  level: 31,
  samples: 2 ** 20,
  /** Slice numbers: a minibatch has at most one slice a sample. */
  slices: 2 ** 20,
  ranges: 65_536,
  /** Of a split. */
  shards: 100_000,
  graphs: 256,
  splits: 16,
  /** Metric counts: a confusion matrix of 512 classes. */
  counts: 2 ** 18,
  /** Of a regression of 4,096 values: three each, and one. */
  metricSums: 2 ** 14,
  parameters: 2 ** 31,
  threads: 4096,
  /** Jobs on a worker that a heartbeat names. */
  heldJobs: 256,
  /** Log lines in a frame. */
  logLines: 64,
  /** Characters of a text for people. */
  text: 4096,
  shortText: 256,
} as const;
