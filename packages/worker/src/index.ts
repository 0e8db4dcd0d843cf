export { startWorker, type RunningWorker } from './start-worker.js';
export type { WorkerOptions } from './options.js';
