/** Jobs are broken off and go on from a checkpoint; they end with the weights of an undisturbed run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobStatus } from '@lockstep/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { exampleJob } from '../support/jobs.js';
import { waitFor } from '../support/wait-for.js';

let cluster: TestCluster;
let undisturbed: JobStatus;

const job = () => exampleJob('mnist-mlp', { training: { epochs: 3 }, checkpoint: { everySteps: 10 } });

/** Stops for want of improvement, after the rate was lowered: what both decide depends on exact sums. */
const adaptive = () =>
  exampleJob('mnist-mlp', {
    training: {
      epochs: 12,
      schedule: { type: 'plateau', patience: 1, minDelta: 0.01, warmupSteps: 20 },
      earlyStopping: { patience: 2, minDelta: 0.005 },
    },
  });

/** What the coordinator has logged of a job, from all its lives. */
function logOf(id: string): Record<string, unknown>[] {
  const lines = readFileSync(join(cluster.folder, 'logs', 'coordinator.log'), 'utf8').split('\n');
  const own = lines.filter((line) => line.startsWith('{') && line.includes(id));
  return own.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The steps at which it was said of the job. */
function stepsOf(id: string, said: string): number[] {
  return logOf(id)
    .filter(({ msg }) => msg === said)
    .map(({ step }) => Number(step));
}

/** The steps at which terms of the job began. */
const beginnings = (id: string): number[] => stepsOf(id, 'training begins');
const committed = (id: string): number => stepsOf(id, 'checkpoint committed').at(-1) ?? 0;

function expectSameEnd(status: JobStatus, expected: JobStatus): void {
  const { state, weightsSha256, train, validation, test, steps, failure } = status;
  expect({ state, weightsSha256, train, validation, test, steps, failure }, cluster.logs()).toEqual({
    ...{ state: 'SUCCEEDED', weightsSha256: expected.weightsSha256, failure: null, steps: expected.steps },
    ...{ train: expected.train, validation: expected.validation, test: expected.test },
  });
  const metrics = ({ history }: JobStatus) => history.map(({ epoch, steps: at, train: sums }) => [epoch, at, sums]);
  expect(metrics(status)).toEqual(metrics(expected));
}

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 1 });
  undisturbed = await cluster.train(await job());
  expect(undisturbed.state).toBe('SUCCEEDED');
});

afterAll(() => cluster.close());

it('goes on from the newest checkpoint when the coordinator is killed in the middle of the second epoch', async () => {
  const { id } = await cluster.client.jobs.submit(await job());
  const stepsPerEpoch = undisturbed.steps / 3;
  await cluster.atStep(id, Math.round(stepsPerEpoch * 1.5));
  await waitFor(() => committed(id) > 0, 'a checkpoint');
  const [before, newest] = [cluster.pid('coordinator'), committed(id)];
  cluster.kill('coordinator', 'SIGKILL');
  await waitFor(() => ![undefined, before].includes(cluster.pid('coordinator')), 'the coordinator to be back');
  const status = await cluster.ended(id);
  expectSameEnd(status, undisturbed);
  expect(status.term).toBe(2);
  const [first, second] = beginnings(id);
  expect(first).toBe(0);
  // Another one may have been committed before it was killed.
  expect(second).toBeGreaterThanOrEqual(newest);
});

it('keeps the bits of one worker with two, when the rate falls on a plateau and training stops early', async () => {
  const one = await cluster.train(await adaptive());
  expect(one.reason).toContain('stopped early: validationLoss');
  expect(one.steps).toBeLessThan(one.progress.steps);
  await cluster.addWorker('second');
  expectSameEnd(await cluster.train(await adaptive()), one);
  await cluster.endWorker('second');
});

it('goes on with the training of a model, to the weights of one long run', async () => {
  const first = await cluster.train(await exampleJob('mnist-mlp', { name: 'grown', training: { epochs: 1 } }));
  expect(first.model, cluster.logs()).toEqual({ name: 'grown', version: 1 });
  const longer = { ...(await job()), name: 'grown', continueFrom: 'grown/latest' };
  const status = await cluster.train(longer);
  expectSameEnd(status, undisturbed);
  expect(status.model).toEqual({ name: 'grown', version: 2 });
  expect(beginnings(status.id)).toEqual([first.steps]);
});

it('refuses to go on with other training than that of the model', async () => {
  const other = await exampleJob('mnist-mlp', { training: { epochs: 9, batchSize: 32 } });
  const refused = cluster.client.jobs.submit({ ...other, continueFrom: 'grown/1' });
  await expect(refused).rejects.toMatchObject({
    code: 'INVALID_SPEC',
    faults: [{ path: 'training.batchSize', message: 'must be 64, as in grown/1, which the job goes on with' }],
  });
});
