/** A cluster whose bus asks for credentials, which end again and again: nothing of it is seen in what is trained. */
import { readFile } from 'node:fs/promises';
import { isLockstepError, type JobStatus } from '@lockstep/core';
import { connectNats, WorkerIdentity, type Transport } from '@lockstep/transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainedAlone } from '../support/cluster.js';
import { exampleJob } from '../support/jobs.js';
import { SecuredCluster } from '../support/secured-cluster.js';
import { waitFor } from '../support/wait-for.js';

/** Ends many times in a test; a busy machine still has the time to use one before its end. */
const LIFE_SECONDS = 10;

let cluster: SecuredCluster;
let undisturbed: JobStatus;

const job = () => exampleJob('mnist-mlp', { training: { epochs: 4 } });

beforeAll(async () => {
  undisturbed = await trainedAlone(await job());
  cluster = await SecuredCluster.start(['w1', 'w2'], { credentialSeconds: LIFE_SECONDS });
});

afterAll(() => cluster.close());

async function expectSameEnd(id: string): Promise<JobStatus> {
  const status = await cluster.untilJob(id, () => false, 'to end');
  const { state, weightsSha256, failure } = status;
  expect({ state, weightsSha256, failure }, cluster.logs()).toEqual({
    ...{ state: 'SUCCEEDED', failure: null, weightsSha256: undisturbed.weightsSha256 },
  });
  return status;
}

const enrolments = (worker: string): number =>
  cluster
    .log('coordinator')
    .split('\n')
    .filter((line) => line.includes('worker enrolled') && line.includes(worker)).length;

it('trains to the same bits while credentials end and are renewed', async () => {
  const before = enrolments('w1');
  do {
    const { id } = await cluster.client.jobs.submit(await job());
    await expectSameEnd(id);
  } while (enrolments('w1') - before < 3);
});

it('goes on when the coordinator is killed and when NATS is, in the middle', async () => {
  const { id } = await cluster.client.jobs.submit(await job());
  await cluster.untilJob(id, ({ progress }) => progress.step >= 50, 'to reach step 50');
  await cluster.kill('coordinator');
  await cluster.startCoordinator();
  const { progress } = await cluster.untilJob(id, ({ state }) => state === 'RUNNING', 'to run again');
  await cluster.untilJob(id, (status) => status.progress.step >= progress.step + 50, 'to go on');
  await cluster.nats.kill();
  await cluster.nats.restart();
  await expectSameEnd(id);
});

it('takes a worker that was killed in again under its name', async () => {
  const { id } = await cluster.client.jobs.submit(await job());
  await cluster.untilJob(id, ({ progress }) => progress.step >= 50, 'to reach step 50');
  await cluster.kill('worker-w1');
  cluster.startWorker('w1');
  await expectSameEnd(id);
  await cluster.untilWorkers((states) => states.get('w1') === 'IDLE', 'w1 to be back');
});

it('shuts a worker out at once, also after a restart, and lets it in again', async () => {
  const { id } = await cluster.client.jobs.submit(await job());
  await cluster.untilJob(id, ({ progress }) => progress.step >= 50, 'to reach step 50');
  await cluster.client.workers.revoke('w2');
  expect((await cluster.workers()).get('w2')).toBe('REVOKED');
  await cluster.untilEnded('worker-w2');
  await expectSameEnd(id);
  await cluster.kill('coordinator');
  await cluster.startCoordinator();
  cluster.startWorker('w2');
  await cluster.untilEnded('worker-w2');
  expect(cluster.log('worker-w2')).toContain('lockstep worker admit w2');
  expect((await cluster.workers()).get('w2')).toBe('REVOKED');
  await cluster.client.workers.admit('w2');
  cluster.startWorker('w2');
  await cluster.untilWorkers((states) => states.get('w2') === 'IDLE', 'w2 to be back');
});

it('has a worker that obeys nothing off the bus when its credential ends', async () => {
  const [ca, join] = await Promise.all(
    (['workerAuthority', 'joinCredentials'] as const).map((name) => readFile(cluster.secret(name), 'utf8')),
  );
  const server = { servers: cluster.nats.url, name: 'test', tls: { ca: ca! }, waitMilliseconds: 60_000 };
  const identity = new WorkerIdentity('w9');
  const joining = await connectNats({ ...server, ...WorkerIdentity.joining(join!) });
  try {
    expect(await identity.enrol(joining.control)).toBe(LIFE_SECONDS);
    const worker = await connectNats({ ...server, ...identity.connection });
    const states: string[] = [];
    worker.onStatus(({ type }) => states.push(type));
    await cluster.client.workers.revoke('w9');
    await expect(identity.enrol(worker.control)).rejects.toMatchObject({ code: 'WORKER_REFUSED' });
    // One that comes again within the second in which its credential ends is let in, and out at once.
    await waitFor(() => states.filter((state) => state === 'disconnected').length >= 2, 'both connections to end');
    await expect(identity.enrol(joining.control)).rejects.toMatchObject({ code: 'WORKER_REFUSED' });
    const comesIn = (): Promise<Transport> => connectNats({ ...server, ...identity.connection });
    await waitFor(() => isRefused(comesIn()), 'the ended credential to be refused');
    await worker.close();
  } finally {
    await joining.close();
  }
});

/** Whether credentials are what a connection is refused for. */
async function isRefused(connecting: Promise<Transport>): Promise<boolean> {
  try {
    await (await connecting).close();
    return false;
  } catch (error) {
    return isLockstepError(error, 'NATS_REFUSED');
  }
}
