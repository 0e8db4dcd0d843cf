/** For tests across packages and for tools: what the command is made of. */
export { describeCommands } from './cli.js';
export type { CommandDescription, OptionDescription } from './command-tree.js';
export { startCluster, type Cluster, type ClusterOptions } from './embedded/cluster.js';
export { findNatsServer } from './embedded/nats-server.js';
export { makeSecrets } from './secrets/make-secrets.js';
export { renewSecrets } from './secrets/renew-secrets.js';
export { SECRET_FILES } from './secrets/secret-files.js';
export { importMnist } from './demo/import-dataset.js';
export { openMnist } from './demo/mnist.js';
export { readJobFile } from './job-file.js';
export { readEnvironment, type Environment } from './options.js';
export { exitCodeOf } from './output/failure.js';
export type { Report } from './output/report.js';
export { createCurveWriter } from './tensorboard/curve-writer.js';
