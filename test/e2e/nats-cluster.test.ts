/** NATS as three servers with three copies of all that is stored: the end of one is not seen in what is trained. */
import { readFile } from 'node:fs/promises';
import { isFinal, type JobStatus } from '@lockstep/core';
import { BUCKETS } from '@lockstep/transport';
import { connect, credsAuthenticator, type JetStreamManager } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainedAlone } from '../support/cluster.js';
import { exampleJob } from '../support/jobs.js';
import { TestNatsCluster } from '../support/nats-cluster.js';
import { SecuredCluster } from '../support/secured-cluster.js';

let cluster: SecuredCluster<TestNatsCluster>;
let undisturbed: JobStatus;

const job = () => exampleJob('mnist-mlp', { training: { epochs: 4 }, checkpoint: { everySteps: 20 } });

beforeAll(async () => {
  undisturbed = await trainedAlone(await job());
  const copies = { LOCKSTEP_NATS_REPLICAS: '3' };
  const options = { credentialSeconds: 600, variables: copies };
  cluster = await SecuredCluster.startOn((config) => TestNatsCluster.start(config), ['w1', 'w2'], options);
});

afterAll(() => cluster.close());

/** What JetStream says, asked as the coordinator. */
async function withJetStream<T>(ask: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const [creds, ca] = await Promise.all(
    (['coordinatorCredentials', 'coordinatorAuthority'] as const).map((name) => readFile(cluster.secret(name))),
  );
  const authenticator = credsAuthenticator(creds as Uint8Array);
  const connection = await connect({ servers: cluster.nats.url.split(','), authenticator, tls: { ca: String(ca) } });
  try {
    return await ask(await connection.jetstreamManager());
  } finally {
    await connection.close();
  }
}

const streams = () => withJetStream((manager) => manager.streams.list().next());

it('keeps three copies of every store', async () => {
  const copies = Object.fromEntries((await streams()).map(({ config }) => [config.name, config.num_replicas]));
  expect(Object.values(copies)).toEqual(Object.values(BUCKETS).map(() => 3));
});

it('trains to the same bits when the server that leads is killed in the middle', async () => {
  const { id } = await cluster.client.jobs.submit(await job());
  await cluster.untilJob(id, ({ progress }) => progress.step >= 50, 'to reach step 50');
  const leader = await withJetStream(async (manager) => {
    const { cluster: servers } = await manager.streams.info(`KV_${BUCKETS.jobs}`);
    return servers?.leader ?? '';
  });
  const running = await cluster.client.jobs.get(id);
  expect(isFinal(running.state)).toBe(false);
  await cluster.nats.servers.get(leader)?.kill();
  const { state, weightsSha256, failure } = await cluster.untilJob(id, () => false, 'to end');
  expect({ state, weightsSha256, failure }, cluster.logs()).toEqual({
    ...{ state: 'SUCCEEDED', failure: null, weightsSha256: undisturbed.weightsSha256 },
  });
  await cluster.nats.servers.get(leader)?.restart();
});
