export { createClient, type LockstepClient, type WorkersClient } from './client.js';
export type { DatasetsClient, PreviewQuery } from './datasets.js';
export type { JobQuery, JobsClient, JobWithSpec, SubmitOptions } from './jobs.js';
export {
  MODEL_FORMATS,
  type ModelEvaluation,
  type ModelFormat,
  type ModelsClient,
  type Predictions,
  type VersionOrAlias,
} from './models.js';
export { CLIENT_DEFAULTS, type ClientOptions } from './options.js';
export type { ListQuery } from './pages.js';
