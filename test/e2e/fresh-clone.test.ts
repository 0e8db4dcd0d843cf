/** A checkout as it comes from the repository: `./lockstep` is all that a person runs. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { repository } from '../support/command.js';
import { exampleJob, writeJob } from '../support/jobs.js';
import { ownCluster } from '../support/own-cluster.js';

const own = ownCluster({ workers: 1 });

/** What git does not keep. */
const MADE = new Set(['.git', '.lockstep', 'node_modules', 'dist', 'lockstep-data', 'lockstep-out']);

it('installs and builds what a command for a service needs, with Node and npm alone, and runs it', async () => {
  const clone = await mkdtemp(join(tmpdir(), 'lockstep-clone-'));
  try {
    const filter = (path: string): boolean => !MADE.has(basename(path)) && !path.endsWith('.tsbuildinfo');
    await cp(repository, clone, { recursive: true, filter });
    const cache = join(clone, 'no-native-files');
    const lockstep = async (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
      promisify(execFile)(join(clone, 'lockstep'), args, { env: { ...process.env, LOCKSTEP_CACHE: cache } });
    const job = await writeJob(own.folder, await exampleJob('mnist-mlp', { training: { epochs: 1 } }));
    const first = await lockstep('train', job, '--json', '--url', own.cluster.client.url);
    expect(first.stderr).toContain('not set up yet');
    expect(JSON.parse(first.stdout)).toMatchObject({ state: 'SUCCEEDED' });
    const second = await lockstep('job', '--json', '--url', own.cluster.client.url);
    expect(second.stderr).not.toContain('set up');
    expect(JSON.parse(second.stdout)).toMatchObject([{ state: 'SUCCEEDED' }]);
    await expect(readdir(cache)).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    await rm(clone, { recursive: true });
  }
});
