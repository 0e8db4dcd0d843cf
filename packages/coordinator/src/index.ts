export { startCoordinator, type RunningCoordinator } from './start-coordinator.js';
export { CoordinatorMetrics } from './metrics/coordinator-metrics.js';
export type { CoordinatorOptions } from './options.js';
export { createToken, listTokens, newTokenFile, revokeToken, type TokenSummary } from './auth/token-admin.js';
