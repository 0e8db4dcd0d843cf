/** A cluster and a folder for the tests of one file: made before the first, gone after the last. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { TestCluster, type TestClusterOptions } from './cluster.js';

/** There while tests and hooks run that are named after it. */
export interface OwnCluster {
  readonly cluster: TestCluster;
  /** For files of the tests; the cluster keeps its own elsewhere. */
  readonly folder: string;
}

export function ownCluster(options?: TestClusterOptions): OwnCluster {
  let cluster: TestCluster | undefined;
  let folder: string | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-test-'));
    cluster = await TestCluster.start(options);
  });
  afterAll(async () => {
    await cluster?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });
  return {
    get cluster() {
      if (cluster === undefined) throw new Error('The cluster has not been started.');
      return cluster;
    },
    get folder() {
      if (folder === undefined) throw new Error('The folder has not been made.');
      return folder;
    },
  };
}
