/** Several jobs at a time: side by side, in a queue, over the loss of the coordinator. Each ends with the hash it has alone. */
import type { JobStatus } from '@lockstep/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { exampleJob, type JobObject } from '../support/jobs.js';
import { waitFor } from '../support/wait-for.js';

let cluster: TestCluster;
/** By name: what each job ends with when it has the cluster for itself. */
const alone = new Map<string, string | null>();

const jobs: Record<string, () => Promise<JobObject>> = {
  mlp: () => exampleJob('mnist-mlp', { name: 'mlp', training: { epochs: 3 } }),
  perceptron: () => exampleJob('mnist-perceptron-sigmoid', { name: 'perceptron', training: { epochs: 4 } }),
  seeded: () => exampleJob('mnist-mlp', { name: 'seeded', training: { epochs: 2, seed: 99 } }),
};

async function submit(name: string, changes: JobObject = {}): Promise<string> {
  const { id } = await cluster.client.jobs.submit({ ...(await jobs[name]?.()), ...changes });
  return id;
}

async function expectSameAsAlone(ids: readonly string[]): Promise<JobStatus[]> {
  const ended = await Promise.all(ids.map((id) => cluster.ended(id)));
  for (const { name, state, failure, weightsSha256 } of ended) {
    expect({ name, state, failure, weightsSha256 }, cluster.logs()).toEqual({
      ...{ name, state: 'SUCCEEDED', failure: null },
      weightsSha256: alone.get(name),
    });
  }
  return ended;
}

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 2 });
  for (const name of Object.keys(jobs)) {
    alone.set(name, (await cluster.ended(await submit(name))).weightsSha256);
  }
  expect(new Set(alone.values()).size).toBe(3);
});

afterAll(() => cluster.close());

it('runs two jobs at once on the same workers, each with the hash it has alone, and lets a third wait', async () => {
  const ids = [await submit('mlp'), await submit('perceptron')];
  const third = await submit('seeded');
  expect((await cluster.client.jobs.get(third)).state).toBe('QUEUED');
  for (const id of ids)
    await cluster.untilJob(id, ({ state, workers }) => state === 'RUNNING' && workers === 2, 'to run');
  expect(await cluster.client.jobs.get(third)).toMatchObject({
    ...{ state: 'QUEUED', workers: 0 },
    reason: 'waits for a free place: 2 of 2 jobs run (maxRunning); position 1 of 1',
  });
  const workers = await cluster.client.workers.list();
  expect(workers.map((worker) => [...worker.jobs].sort())).toEqual([[...ids].sort(), [...ids].sort()]);
  await expectSameAsAlone([...ids, third]);
});

it('goes on with both when a worker is killed that holds them', async () => {
  const ids = [await submit('mlp'), await submit('perceptron')];
  for (const id of ids) await cluster.atStep(id, 5);
  cluster.kill('worker w2', 'SIGKILL');
  await expectSameAsAlone(ids);
  await cluster.untilWorkers((workers) => workers.length === 2, 'both workers');
});

it('ends all jobs, running and queued, by itself when the coordinator is killed', async () => {
  const ids = [await submit('mlp'), await submit('perceptron')];
  const late = await submit('seeded', { priority: -1 });
  const urgent = await submit('seeded', { priority: 1 });
  for (const id of ids) await cluster.atStep(id, 5);
  const before = cluster.pid('coordinator');
  cluster.kill('coordinator', 'SIGKILL');
  const back = (): boolean => ![undefined, before].includes(cluster.pid('coordinator'));
  await waitFor(back, 'the coordinator to be back');
  const [first, second, third, fourth] = await expectSameAsAlone([...ids, late, urgent]);
  expect([first?.term, second?.term, third?.term, fourth?.term]).toEqual([2, 2, 1, 1]);
  expect(Date.parse(fourth?.startedAt ?? '')).toBeLessThan(Date.parse(third?.startedAt ?? ''));
});

it('goes on with what ran and what waited when every process is killed', async () => {
  const ids = [await submit('mlp'), await submit('perceptron'), await submit('seeded')];
  for (const id of ids.slice(0, 2)) await cluster.atStep(id, 5);
  const names = ['worker w1', 'worker w2', 'coordinator', 'nats-server'];
  const before = names.map((name) => cluster.pid(name));
  for (const name of names) cluster.kill(name, 'SIGKILL');
  const back = (): boolean => names.every((name, index) => ![undefined, before[index]].includes(cluster.pid(name)));
  await waitFor(back, 'every process to be back');
  await expectSameAsAlone(ids);
});

it('ends a job that is cancelled, whatever it does at the moment', async () => {
  const running = await submit('mlp');
  await cluster.atStep(running, 5);
  const starting = await submit('perceptron');
  const queued = await submit('seeded');
  const cancelled = await Promise.all([running, starting, queued].map((id) => cluster.client.jobs.cancel(id)));
  expect(cancelled.map(({ state }) => state).filter((state) => !['CANCELLING', 'CANCELLED'].includes(state))).toEqual(
    [],
  );
  const ended = await Promise.all([running, starting, queued].map((id) => cluster.ended(id)));
  expect(ended.map(({ state, workers }) => [state, workers])).toEqual(Array(3).fill(['CANCELLED', expect.any(Number)]));
  const held = async () => (await cluster.client.workers.list()).flatMap((worker) => worker.jobs);
  await waitFor(async () => (await held()).length === 0, 'the workers to be free');
});
