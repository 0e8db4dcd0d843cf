import { readdir, rm } from 'node:fs/promises';
import { isLockstepError } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bareEnvironment,
  isAlive,
  makeFolder,
  writeFakePrograms,
  type FakePrograms,
} from '../testing/fake-programs.js';
import type { Cluster } from './cluster.js';
import { withCluster } from './with-cluster.js';

let programs: FakePrograms;
let dataDir: string;
const said: string[] = [];
beforeEach(async () => {
  programs = await writeFakePrograms();
  dataDir = await makeFolder();
  said.length = 0;
});
afterEach(async () => {
  await rm(programs.folder, { recursive: true });
  await rm(dataDir, { recursive: true, force: true });
});

function on<T>(temporary: boolean, action: (cluster: Cluster, ending: AbortSignal) => Promise<T>): Promise<T> {
  const environment = bareEnvironment({ natsServer: programs.natsServer });
  const options = { workers: 1, threads: 1, port: 0, dataDir, temporary, script: programs.script, environment };
  return withCluster({ ...options, say: (line) => void said.push(line) }, action);
}

describe('something that is done on a cluster', () => {
  it('has it as long as it goes on, and leaves nothing behind', async () => {
    const pids: number[] = [];
    const done = on(true, async (cluster) => {
      pids.push(...cluster.pids().values());
      return Promise.resolve('done');
    });
    expect(await done).toBe('done');
    expect(pids).toHaveLength(3);
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
  });

  it('is ended by the first signal, with the error that says so; a folder that is kept stays', async () => {
    const before = process.listenerCount('SIGHUP');
    const ended = on(false, async (_, ending) => {
      process.emit('SIGHUP', 'SIGHUP');
      ending.throwIfAborted();
      return Promise.resolve();
    });
    await expect(ended).rejects.toSatisfy((error) => isLockstepError(error, 'CANCELLED'));
    expect(said).toEqual(['\nSIGHUP: ending the cluster (once more to end it at once)']);
    expect(await readdir(dataDir)).toContain('logs');
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });
});
