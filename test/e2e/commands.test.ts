/** The commands of a service as a person runs them: against a real cluster, each in a process of its own. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobStatusSchema } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { ownCluster } from '../support/own-cluster.js';
import { runLockstep, startLockstep, type Ended } from '../support/command.js';
import { exampleJob, writeJob, type JobObject } from '../support/jobs.js';
import { waitFor } from '../support/wait-for.js';

const own = ownCluster({ workers: 2 });

const COMMAND_MILLISECONDS = 120_000;

function lockstep(...args: string[]): Promise<Ended> {
  return runLockstep([...args, '--url', own.cluster.client.url]);
}

async function json(...args: string[]): Promise<unknown> {
  const { stdout, stderr } = await lockstep(...args, '--json');
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${args.join(' ')} printed no JSON: ${stdout}\n${stderr}`);
  }
}

async function jobFile(changes: JobObject): Promise<string> {
  return writeJob(own.folder, await exampleJob('mnist-mlp', changes));
}

/** A table of two columns and two classes that lie apart. */
async function pointsFile(): Promise<string> {
  const path = join(own.folder, 'points.csv');
  const rows = Array.from({ length: 40 }, (_, index) => `${index},${40 - index},${index < 20 ? 'low' : 'high'}`);
  await writeFile(path, ['x,y,level', ...rows].join('\n'));
  return path;
}

/** A job on that table. */
function pointsJob(): JobObject {
  return {
    name: 'points',
    task: 'multiclass',
    data: { train: 'points/train' },
    model: { layers: [{ type: 'dense', units: 2 }] },
    training: { epochs: 2, batchSize: 8, seed: 7 },
  };
}

/** Trained on numbers from 0 to 1 and tested on some whose squared errors no float32 can hold. */
async function importFarPoints(): Promise<JobObject> {
  const rows = (factor: number): string =>
    Array.from({ length: 20 }, (_, x) => `${x * factor},${x * factor}`).join('\n');
  const [near, far] = [join(own.folder, 'near.csv'), join(own.folder, 'far.csv')];
  await Promise.all([writeFile(near, `x,y\n${rows(0.05)}`), writeFile(far, `x,y\n${rows(1e30)}`)]);
  const table = ['--label', 'y', '--task', 'regression', '--normalisation', 'none'];
  expect((await lockstep('dataset', 'import', 'far', `train=${near}`, `test=${far}`, ...table)).code).toBe(0);
  return {
    ...{ name: 'far', task: 'regression', data: { train: 'far/train', validation: 'far/test', test: 'far/test' } },
    model: { layers: [{ type: 'dense', units: 1 }] },
    training: { epochs: 1, batchSize: 10, seed: 7 },
  };
}

/** Trains for long enough to be met on the way. */
async function submitLong(): Promise<string> {
  const file = await jobFile({ name: 'long', training: { epochs: 300 } });
  const { stdout } = await lockstep('train', file, '--no-wait');
  return stdout.trim();
}

describe('a job from the command line', () => {
  it('is trained with its curves, verified, retried with a change, compared and forgotten', async () => {
    const file = await jobFile({ training: { epochs: 2, batchSize: 400 } });
    const trained = (await json('train', file, '--tensorboard', join(own.folder, 'runs'))) as { id: string };
    expect(trained).toMatchObject({ state: 'SUCCEEDED', epochs: 2 });
    expect((await readdir(join(own.folder, 'runs', `mnist-mlp-${trained.id}`))).sort()).toEqual([
      ...['test', 'train', 'validation'],
    ]);
    const verified = await lockstep('verify', trained.id);
    expect([verified.code, verified.stderr]).toEqual([0, verified.stderr]);
    expect(verified.stderr).toContain('the same weights, bit by bit');
    expect(verified.stderr).toContain('deleted again');

    const changed = (await json('job', 'retry', trained.id, '--set', 'training.seed=8')) as { id: string };
    expect(changed).toMatchObject({ state: 'SUCCEEDED' });
    expect(await json('job', 'compare', trained.id, changed.id)).toMatchObject({
      sameWeights: false,
      differences: [{ path: 'training.seed', values: [7, 8] }],
      curves: { 'train loss': [{ length: 2 }, { length: 2 }] },
    });
    expect((await lockstep('job')).stdout.split('\n').filter((line) => line.includes('SUCCEEDED'))).toHaveLength(2);
    expect((await own.cluster.client.models.versions('mnist-mlp')).map(({ version }) => version)).toEqual([1, 3]);

    expect((await lockstep('job', 'delete', changed.id)).code).toBe(0);
    expect((await lockstep('job', 'get', changed.id)).code).toBe(2);
  });

  it('goes on with the training of a model, to the weights of one long run, and not for less than was trained', async () => {
    const part = await jobFile({ name: 'in-parts', training: { epochs: 1, batchSize: 400 } });
    expect((await lockstep('train', part)).code).toBe(0);
    const whole = await jobFile({ name: 'in-one-go', training: { epochs: 3, batchSize: 400 } });
    const { weightsSha256 } = (await json('train', whole)) as { weightsSha256: string };
    expect(await json('train', '--continue', 'in-parts', '--set', 'training.epochs=+2')).toMatchObject({
      ...{ state: 'SUCCEEDED', name: 'in-parts', epochs: 3, weightsSha256 },
    });
    expect((await lockstep('train', '--continue', 'in-parts')).code).toBe(4);
  });

  it('goes on after Ctrl-C, is paused, resumed and cancelled, and its log is followed to its end', async () => {
    const id = await submitLong();
    await own.cluster.atStep(id, 3);
    const watching = startLockstep(['job', 'watch', id, '--url', own.cluster.client.url]);
    await waitFor(() => watching.stderr().includes('epoch 1/300'), 'the first epoch', COMMAND_MILLISECONDS);
    watching.child.kill('SIGINT');
    const left = await watching.ended;
    expect(left.code).toBe(130);
    expect(left.stderr).toContain(`./lockstep job watch ${id}`);

    expect((await lockstep('job', 'pause', id)).code).toBe(0);
    await own.cluster.untilJob(id, ({ state }) => state === 'PAUSED', 'to be paused');
    expect((await lockstep('job', 'resume', id)).code).toBe(0);
    await own.cluster.untilJob(id, ({ state }) => state === 'RUNNING', 'to go on');
    const logs = startLockstep(['job', 'logs', '-f', id, '--url', own.cluster.client.url]);
    expect((await lockstep('job', 'cancel', id)).code).toBe(0);
    const { code, stdout } = await logs.ended;
    expect(code).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(1);
    expect((await lockstep('job', 'watch', id)).code).toBe(130);
  });

  it('says that a loss is not finite where an evaluation overflows, and null in JSON', async () => {
    const { stdout, code } = await lockstep('train', await writeJob(own.folder, await importFarPoints()));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^test +20 +not finite/m);
    const [job] = (await json('job', 'list')) as { id: string }[];
    const found: unknown = await own.cluster.client.jobs.get(job?.id ?? '');
    expect(jobStatusSchema.parse(found)).toMatchObject({
      ...{ name: 'far', state: 'SUCCEEDED', test: { loss: null }, history: [{ validation: { loss: null } }] },
    });
  });

  it('keeps its workers when one is drained', async () => {
    expect(await json('worker')).toMatchObject([{ id: 'w1' }, { id: 'w2' }]);
    await own.cluster.addWorker('spare');
    expect((await lockstep('worker', 'drain', 'spare')).code).toBe(0);
    await own.cluster.untilWorkers((ids) => !ids.includes('spare'), 'the drained worker to leave');
    expect((await lockstep('worker', 'drain', 'nobody')).code).toBe(2);
  });
});

/** Each of these commands is run once, and each result is read as JSON. */
describe('--json, for scripts', () => {
  it('is understood by the commands of datasets', async () => {
    const points = await pointsFile();
    const splits = { train: { count: 30 }, test: { count: 10 } };
    expect(await json('dataset', 'import', 'points', points, '--label', 'level', '--test', '0.25')).toMatchObject({
      ...{ name: 'points', version: 1, splits },
    });
    await json('dataset', 'import', 'spare', points, '--label', 'level');
    const [list, versions, preview, deleted] = await Promise.all([
      json('dataset', 'list'),
      json('dataset', 'get', 'points', '--versions'),
      json('dataset', 'preview', 'points', '--limit', '2'),
      json('dataset', 'delete', 'spare'),
    ]);
    expect((list as { name: string }[]).map(({ name }) => name)).toEqual(expect.arrayContaining(['mnist', 'points']));
    expect(versions).toMatchObject([{ version: 1, splits }]);
    expect(preview).toMatchObject({ samples: [{ row: [0, 40], label: 'low' }, {}] });
    expect(deleted).toEqual({ name: 'spare', deleted: [1] });
  });

  it('is understood by the commands of models', async () => {
    expect(await json('train', await writeJob(own.folder, pointsJob()))).toMatchObject({ state: 'SUCCEEDED' });
    const out = join(own.folder, 'exported');
    const model = { name: 'points', version: 1 };
    expect(await json('model', 'alias', 'points/1', 'champion')).toEqual({ ...model, alias: 'champion' });
    const [list, found, summary, evaluated, predicted, exported] = await Promise.all([
      json('model', 'list'),
      json('model', 'get', 'points/champion'),
      json('model', 'summary', 'points'),
      json('model', 'evaluate', 'points', 'points/test'),
      json('model', 'predict', 'points', await pointsFile()),
      json('model', 'export', 'points', '--format', 'safetensors', '--out', out),
    ]);
    expect(list).toContainEqual(expect.objectContaining({ name: 'points', aliases: { champion: 1 } }));
    expect(found).toMatchObject(model);
    expect(summary).toMatchObject({ parameters: 6 });
    expect(evaluated).toMatchObject({ model, metrics: { samples: 10 } });
    expect((predicted as { predictions: unknown[] }).predictions).toHaveLength(40);
    expect(exported).toMatchObject({ files: ['model.safetensors'] });
    const file = join(out, 'model.safetensors');
    expect(await json('model', 'import', 'imported', file)).toMatchObject({ name: 'imported', version: 1 });
    const [unnamed, deleted] = await Promise.all([
      json('model', 'alias', 'points', 'champion', '--delete'),
      json('model', 'delete', 'imported/1'),
    ]);
    expect(unnamed).toEqual({ name: 'points', alias: 'champion', version: null });
    expect(deleted).toEqual({ name: 'imported', version: 1 });
  });

  it('is understood by the commands of tokens', async () => {
    const tokens = join(own.folder, 'tokens.json');
    const ask = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await runLockstep(['token', ...args, '--tokens', tokens, '--json'])).stdout);
    const { id, token } = (await ask('create', '--owner', 'ada')) as { id: string; token: string };
    expect(token.length).toBeGreaterThan(20);
    expect(await ask('list')).toMatchObject([{ id, owner: 'ada', scopes: ['submit'] }]);
    expect(await ask('revoke', id)).toMatchObject({ id });
    expect(await ask('list')).toEqual([]);
  });
});
