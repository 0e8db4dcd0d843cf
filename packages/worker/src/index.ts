export { startWorker, type RunningWorker } from './start-worker.js';
export { WorkerMetrics } from './metrics/worker-metrics.js';
export type { WorkerOptions } from './options.js';
