/** Processes are killed and stopped in the middle of a job; it ends with the weights of an undisturbed run all the same. */
import type { JobStatus } from '@lockstep/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { exampleJob } from '../support/jobs.js';
import { waitFor } from '../support/wait-for.js';

let cluster: TestCluster;
let undisturbed: JobStatus;

const job = () => exampleJob('mnist-mlp', { training: { epochs: 3 } });

/** A job that has come to step 50. */
async function startJob(): Promise<string> {
  const { id } = await cluster.client.jobs.submit(await job());
  await cluster.atStep(id, 50);
  return id;
}

async function expectSameEnd(id: string): Promise<JobStatus> {
  const status = await cluster.ended(id);
  const { state, weightsSha256, test, failure } = status;
  expect({ state, weightsSha256, test, failure }, cluster.logs()).toEqual({
    ...{ state: 'SUCCEEDED', failure: null },
    ...{ weightsSha256: undisturbed.weightsSha256, test: undisturbed.test },
  });
  expect(status.history.map(({ steps }) => steps)).toEqual(undisturbed.history.map(({ steps }) => steps));
  return status;
}

const isBack = (name: string, before: number | undefined) => () => {
  const now = cluster.pid(name);
  return now !== undefined && now !== before;
};

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 2 });
  undisturbed = await cluster.train(await job());
  expect(undisturbed.state).toBe('SUCCEEDED');
});

afterAll(() => cluster.close());

it('goes on with the others when a worker is killed', async () => {
  const id = await startJob();
  cluster.kill('worker w2', 'SIGKILL');
  await expectSameEnd(id);
  await waitFor(isBack('worker w2', undefined), 'worker w2 to be back');
  await cluster.untilWorkers((ids) => ids.length === 2, 'both workers');
});

it('gives the slices of a worker that is stopped to the other, and takes it back when it goes on', async () => {
  const id = await startJob();
  cluster.kill('worker w1', 'SIGSTOP');
  try {
    const { progress } = await cluster.client.jobs.get(id);
    await cluster.atStep(id, progress.step + 20);
    await cluster.untilWorkers((ids) => !ids.includes('w1'), 'worker w1 to count as lost');
  } finally {
    cluster.kill('worker w1', 'SIGCONT');
  }
  expect((await expectSameEnd(id)).reissuedSlices).toBeGreaterThan(0);
  await cluster.untilWorkers((ids) => ids.length === 2, 'both workers');
});

it('waits when all workers are killed, says so, and goes on when they are back', async () => {
  const id = await startJob();
  const before = [cluster.pid('worker w1'), cluster.pid('worker w2')];
  cluster.kill('worker w1', 'SIGKILL');
  cluster.kill('worker w2', 'SIGKILL');
  const waits = await cluster.untilJob(id, ({ state }) => state === 'STARTING', 'to wait');
  expect(waits).toMatchObject({ reason: 'waits for ready workers: 0 of 1 (cluster.minWorkers)', workers: 0 });
  await expectSameEnd(id);
  await waitFor(isBack('worker w2', before[1]), 'worker w2 to be back');
  await cluster.untilWorkers((ids) => ids.length === 2, 'both workers');
});

it('starts the job over with a higher term when the coordinator is killed', async () => {
  const id = await startJob();
  const before = cluster.pid('coordinator');
  cluster.kill('coordinator', 'SIGKILL');
  await waitFor(isBack('coordinator', before), 'the coordinator to be back');
  expect((await expectSameEnd(id)).term).toBe(2);
});

it('goes on when nats-server is killed and comes back', async () => {
  const id = await startJob();
  const before = cluster.pid('nats-server');
  cluster.kill('nats-server', 'SIGKILL');
  await waitFor(isBack('nats-server', before), 'nats-server to be back');
  expect((await expectSameEnd(id)).term, cluster.logs()).toBe(1);
});

it('shows a follower one stream of events to the end, over the loss of the coordinator', async () => {
  const { id } = await cluster.client.jobs.submit(await job());
  let killed = false;
  const terms = new Set<number>();
  let last: JobStatus | undefined;
  for await (const event of cluster.client.jobs.events(id)) {
    if (event.type === 'state') {
      last = event.status;
      terms.add(event.status.term);
    }
    if (event.type === 'progress' && event.progress.step > 50 && !killed) {
      killed = true;
      cluster.kill('coordinator', 'SIGKILL');
    }
  }
  expect(killed).toBe(true);
  expect(last).toMatchObject({ state: 'SUCCEEDED', term: 2, weightsSha256: undisturbed.weightsSha256 });
  expect([...terms]).toContain(2);
});
