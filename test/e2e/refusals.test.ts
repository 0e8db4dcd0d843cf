/** Jobs and options that cannot be: each is refused before anything runs, with every fault and the right exit code. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockstepError } from '@lockstep/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { processesWith, runLockstep, startLockstep } from '../support/command.js';
import { exampleJob, writeJob, type JobObject } from '../support/jobs.js';
import { waitFor } from '../support/wait-for.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-test-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('the service', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start();
  });

  afterAll(() => cluster.close());

  /** What submitting the job says: its code, and its faults as `path: message`. */
  async function refusal(job: unknown): Promise<{ code: string; faults: string[] }> {
    const error: unknown = await cluster.client.jobs.submit(job).catch((reason: unknown) => reason);
    if (!(error instanceof LockstepError)) throw new Error(`The job was not refused: ${JSON.stringify(error)}`);
    return { code: error.code, faults: error.faults.map(({ path, message }) => `${path}: ${message}`) };
  }

  const mlp = (changes: JobObject) => exampleJob('mnist-mlp', changes);

  it('lists every fault of a job at once', async () => {
    const { code, faults } = await refusal(
      await mlp({
        name: 'not a name!',
        task: 'multiclas',
        data: { validation: 2 },
        training: { epochs: 0, batchSize: 1.5, optimizer: { type: 'adam', learningRate: -1 } },
        extra: true,
      }),
    );
    expect(code).toBe('INVALID_SPEC');
    for (const path of ['name', 'task', 'data.validation', 'training.epochs', 'training.batchSize']) {
      expect(faults.join('\n')).toContain(path);
    }
    expect(faults.join('\n')).toMatch(/learningRate/);
    expect(faults.join('\n')).toMatch(/extra/);
  });

  it('names the layer that is misplaced, misspelt or does not fit', async () => {
    const layers = async (...list: object[]) =>
      (await refusal(await mlp({ model: { layers: list } }))).faults.join('\n');
    expect(await layers({ type: 'flatten' }, { type: 'dense', units: 10, activation: 'relou' })).toContain(
      'model.layers[1]',
    );
    const conv = { type: 'conv2d', filters: 8, kernelSize: 99 };
    expect(await layers(conv, { type: 'flatten' }, { type: 'dense', units: 10 })).toContain('model.layers[0]');
    expect(await layers({ type: 'flatten' }, conv, { type: 'dense', units: 10 })).toContain('model.layers[1]');
    expect(await layers({ type: 'flatten' }, { type: 'dense', units: 7 })).toContain('model.layers[1]');
    expect(await layers({ type: 'flatten' }, { type: 'teleport' })).toContain('model.layers[1]');
  });

  it('refuses a minibatch larger than the data, and data that nobody has', async () => {
    expect((await refusal(await mlp({ training: { batchSize: 7201 } }))).faults.join('\n')).toContain(
      'training.batchSize',
    );
    expect((await refusal(await mlp({ data: { train: 'fashion/train' } }))).faults.join('\n')).toContain('data.train');
    expect((await refusal(await mlp({ data: { train: 'mnist/nope' } }))).faults.join('\n')).toContain('data.train');
  });

  it('takes a good job after all of them', async () => {
    const status = await cluster.train(await mlp({ training: { epochs: 1, batchSize: 1800 } }));
    expect(status).toMatchObject({ state: 'SUCCEEDED', steps: 4 });
  });
});

describe('the command', () => {
  const demo = (...args: string[]) => runLockstep(['demo', '--out', join(folder, 'out'), ...args]);

  it('ends with exit code 4 and a line for each fault of the job file, and leaves no process', async () => {
    const job = await writeJob(
      folder,
      await exampleJob('mnist-mlp', { training: { epochs: 0, batchSize: 9000 }, a: 1 }),
    );
    const { code, stdout, stderr } = await demo('--json', '--workers', '1', '--job', job);
    expect(code, stderr).toBe(4);
    expect(stdout).toBe('');
    expect(stderr).toContain('training.epochs: ');
    expect(stderr).toContain('INVALID_SPEC');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('names line and column of a file that is no YAML, before anything is started', async () => {
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'name: x\nmodel: { layers: [\n');
    const { code, stderr } = await demo('--job', file);
    expect(code).toBe(4);
    expect(stderr).toMatch(/line \d+, column \d+/);
  });

  it('names the port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await demo('--port', String(port));
    other.close();
    expect(code).toBe(2);
    expect(stderr).toContain(String(port));
    expect(stderr).toContain('PORT_IN_USE');
  });

  it('says which token a kept data folder needs, and uses LOCKSTEP_TOKEN', async () => {
    const dataDir = join(folder, 'with-tokens');
    const tokens = ['--tokens', join(dataDir, 'coordinator', 'tokens.json')];
    const { stdout: token } = await runLockstep(['token', 'create', '--owner', 'ada', ...tokens]);
    const job = await writeJob(folder, await exampleJob('mnist-mlp', { training: { epochs: 1, batchSize: 1800 } }));
    const args = ['--job', job, '--workers', '1', '--data-dir', dataDir];
    const refused = await demo(...args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('LOCKSTEP_TOKEN');
    vi.stubEnv('LOCKSTEP_TOKEN', token.trim());
    const { code, stderr } = await demo(...args).finally(() => vi.unstubAllEnvs());
    expect(code, stderr).toBe(0);
  });

  it('ends with 130 on Ctrl-C in the middle of a job, and leaves no process', async () => {
    const job = await writeJob(folder, await exampleJob('mnist-mlp', { training: { epochs: 500 } }));
    const dataDir = join(folder, 'interrupted');
    const running = startLockstep(['demo', '--job', job, '--workers', '2', '--data-dir', dataDir]);
    await waitFor(() => /epoch +1\b|epoch 1\//i.test(running.stderr()), 'the first epoch');
    expect(processesWith(dataDir).length).toBeGreaterThanOrEqual(4);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(130);
    await waitFor(() => processesWith(dataDir).length === 0, 'every process to be gone');
  });
});
