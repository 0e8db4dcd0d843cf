export {
  createClient,
  type DatasetsClient,
  type JobPlan,
  type JobsClient,
  type LockstepClient,
  type ModelsClient,
} from './client.js';
export { CLIENT_DEFAULTS, type ClientOptions } from './options.js';
