export { startCoordinator, type RunningCoordinator } from './start-coordinator.js';
export type { CoordinatorOptions } from './options.js';
