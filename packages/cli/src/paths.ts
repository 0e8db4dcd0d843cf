/** Where things are in the repository: the same from `src` (tests) and from `dist`. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = resolve(fileURLToPath(import.meta.url), '../..');

export const repositoryRoot = resolve(packageRoot, '../..');
/** The built command, which the services of an embedded cluster are started with. */
export const mainScript = join(packageRoot, 'dist/main.js');
/** What set-up brings and keeps. */
export const cacheFolder = join(repositoryRoot, '.lockstep');
export const defaultJobFile = join(repositoryRoot, 'examples/mnist-cnn.yaml');
export const machineChecksScript = join(repositoryRoot, 'scripts/setup/checks.mjs');
/** The job file's JSON Schema, for editors. */
export const jobFileSchemaFile = join(repositoryRoot, 'docs/job-file.schema.json');
/** How commands reach the cluster of containers that this checkout's compose file starts. */
export const clusterContextFile = join(repositoryRoot, 'deploy/compose/secrets/context.json');
