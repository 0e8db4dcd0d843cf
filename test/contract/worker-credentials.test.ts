/** What a worker's credential lets it do on a real server, and what not. */
import {
  BUCKETS,
  connectNats,
  createBusTrust,
  CredentialIssuer,
  subscribeOrders,
  WorkerIdentity,
  type BusTrust,
  type FrameMessage,
  type Transport,
} from '@lockstep/transport';
import { decodeFrame, encodeFrame, floatBytes, subjects } from '@lockstep/proto';
import { connect, jwtAuthenticator, nkeys, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { heardByWorkers, tryForbiddenReplies, tryWhatIsForbidden } from '../support/intruder.js';
import { TestNatsServer } from '../support/nats-server.js';
import { waitFor } from '../support/wait-for.js';

const JOB = 'j1';
const open: Transport[] = [];
let server: TestNatsServer;
let trust: BusTrust;
let issuer: CredentialIssuer;
let coordinator: Transport;

beforeAll(async () => {
  trust = await createBusTrust();
  issuer = new CredentialIssuer(trust.workerSigningKey);
  server = await TestNatsServer.start({ config: trust.serverConfig });
  coordinator = await connectAs({ credentials: { type: 'creds', text: trust.coordinatorCredentials } });
  for (const store of [BUCKETS.shards, BUCKETS.graphs, BUCKETS.checkpoints, BUCKETS.models]) {
    await (await coordinator.objectStore(store)).put('object', new Uint8Array(1_500_000).fill(3));
  }
  await coordinator.keyValue(BUCKETS.jobs);
  coordinator.control.subscribe(subjects.allEnrolments, (message) => void answer(message));
  await coordinator.control.flush();
});

afterAll(async () => {
  await Promise.all(open.map((transport) => transport.close()));
  await server.close();
});

async function answer({ data, respond }: { data: Uint8Array; respond?: (data: Uint8Array) => void }): Promise<void> {
  const decoded = decodeFrame(data);
  if (!decoded.ok || decoded.frame.type !== 'enrol') return;
  const { worker, publicKey } = decoded.frame;
  const jwt = await issuer.issue({ worker, publicKey, seconds: 60 }, Date.now() / 1000);
  respond?.(encodeFrame({ type: 'enrolled', accepted: true, reason: '', jwt, seconds: 60 }));
}

async function connectAs(how: Partial<Parameters<typeof connectNats>[0]>): Promise<Transport> {
  const transport = await connectNats({ servers: server.url, name: 'test', waitMilliseconds: 60_000, ...how });
  open.push(transport);
  return transport;
}

async function enrolled(worker: string): Promise<Transport> {
  const identity = new WorkerIdentity(worker);
  const join = await connectAs(WorkerIdentity.joining(trust.joinCredentials));
  expect(await identity.enrol(join.control)).toBe(60);
  return connectAs(identity.connection);
}

it('lets a worker enrol, speak for itself, take its orders and read shards and graphs', async () => {
  const worker = await enrolled('w1');
  const heard: string[] = [];
  const { allHeartbeats, allRequests, allLogs, allParts, allHellos } = subjects;
  for (const subject of [allHeartbeats, allRequests, allLogs, allParts, allHellos]) {
    coordinator.bulk.subscribe(subject, (message) => {
      heard.push(message.subject);
      message.respond?.(Uint8Array.of(7));
    });
  }
  for (const subject of [
    subjects.order('w1'),
    subjects.bulk('w1'),
    subjects.jobBegin(JOB),
    subjects.jobParameters(JOB),
  ]) {
    worker.bulk.subscribe(subject, (message) => heard.push(message.subject));
  }
  await Promise.all([coordinator.bulk.flush(), worker.bulk.flush()]);
  for (const subject of [subjects.heartbeat('w1'), subjects.request('w1'), subjects.logs('w1'), subjects.part('w1')]) {
    worker.bulk.publish(subject, Uint8Array.of(1));
  }
  for (const subject of [
    subjects.order('w1'),
    subjects.bulk('w1'),
    subjects.jobBegin(JOB),
    subjects.jobParameters(JOB),
  ]) {
    coordinator.bulk.publish(subject, Uint8Array.of(1));
  }
  expect([...(await worker.control.request(subjects.hello('w1'), Uint8Array.of(1), 20_000))]).toEqual([7]);
  await waitFor(() => heard.length === 9, 'all that a worker and its coordinator say to each other');
  for (const store of [BUCKETS.shards, BUCKETS.graphs]) {
    const object = await (await worker.objectReader(store)).get('object');
    expect(Buffer.compare(object, new Uint8Array(1_500_000).fill(3))).toBe(0);
  }
});

/** A bare connection with a worker's credential, as someone who has taken one over would use it. */
async function intruder(worker: string): Promise<NatsConnection> {
  const user = nkeys.createUser();
  const jwt = await issuer.issue({ worker, publicKey: user.getPublicKey(), seconds: 60 }, Date.now() / 1000);
  const authenticator = jwtAuthenticator(jwt, user.getSeed());
  return connect({ servers: server.url, authenticator, inboxPrefix: `_INBOX.${worker}` });
}

it('refuses whatever else is tried with it, and nothing comes of it', async () => {
  const connection = await intruder('w1');
  const { refused, tried, leaked } = await tryWhatIsForbidden(connection, { own: 'w1', other: 'w2', job: JOB });
  expect(refused).toEqual(tried);
  expect(tried.length).toBeGreaterThan(30);
  coordinator.control.publish(subjects.order('w2'), Uint8Array.of(1));
  coordinator.control.publish(subjects.order('w1'), Uint8Array.of(1));
  await Promise.all([coordinator.control.flush(), connection.flush()]);
  expect(leaked).toEqual([]);
  for (const store of [BUCKETS.shards, BUCKETS.checkpoints]) {
    expect((await (await coordinator.objectStore(store)).get('object')).length).toBe(1_500_000);
  }
  await connection.close();
});

it('has nothing answered to it where it must not speak', async () => {
  const jobs = await coordinator.keyValue(BUCKETS.jobs);
  const revoked = await coordinator.keyValue(BUCKETS.revokedWorkers);
  await jobs.update('job-1', Uint8Array.of(1), 0);
  await revoked.update('w1', Uint8Array.of(1), 0);
  const heard: string[] = [];
  for (const subject of [subjects.part('w2'), subjects.heartbeat('w2'), subjects.request('w2')]) {
    coordinator.bulk.subscribe(subject, (message) => heard.push(message.subject));
  }
  await coordinator.bulk.flush();
  const connection = await intruder('w1');
  await tryForbiddenReplies(connection, { own: 'w1', other: 'w2', job: JOB });
  // What was asked before is answered before: requests of one connection keep their order.
  const reader = await enrolled('w1');
  expect((await (await reader.objectReader(BUCKETS.shards)).get('object')).length).toBe(1_500_000);
  await coordinator.bulk.flush();
  expect(heard).toEqual([]);
  expect([...((await jobs.get('job-1'))?.value ?? [])]).toEqual([1]);
  expect([...((await revoked.get('w1'))?.value ?? [])]).toEqual([1]);
  for (const store of [BUCKETS.shards, BUCKETS.checkpoints]) {
    expect((await (await coordinator.objectStore(store)).get('object')).length).toBe(1_500_000);
  }
  await connection.close();
});

it('has no worker take what a store answers for what the coordinator says, even if it is a frame', async () => {
  const frame = encodeFrame({
    ...{ type: 'parameters', job: JOB, term: 1, step: 5, chunk: 0, chunks: 1 },
    values: floatBytes(new Float32Array([666, 666, 666])),
  });
  await (await coordinator.objectStore(BUCKETS.shards)).put('frame', frame);
  const [victim, connection] = [await enrolled('w2'), await intruder('w1')];
  const places = heardByWorkers('w2', JOB);
  const [arrived, taken, refused]: [Set<string>, string[], Set<string>] = [new Set(), [], new Set()];
  for (const place of places) {
    const onTaken = ({ subject }: FrameMessage): void => void taken.push(subject);
    subscribeOrders(victim.bulk, place, onTaken, (reason) => refused.add(reason));
    victim.bulk.subscribe(place, ({ data }) => Buffer.compare(data, frame) === 0 && arrived.add(place));
  }
  await victim.bulk.flush();
  await tryForbiddenReplies(connection, { own: 'w1', other: 'w2', job: JOB });
  await waitFor(() => arrived.size === places.length, 'the answers with the frame', 20_000);
  expect(taken).toEqual([]);
  expect(refused).toContain('headers');
  for (const place of places) coordinator.bulk.publish(place, frame);
  await waitFor(() => taken.length === places.length, 'the same from the coordinator', 20_000);
  await connection.close();
});

it('lets nobody do with the joining credential what a worker does', async () => {
  const join = await connectAs(WorkerIdentity.joining(trust.joinCredentials));
  const reports: string[] = [];
  join.onStatus(({ message }) => reports.push(message));
  join.bulk.publish(subjects.part('w1'), Uint8Array.of(1));
  join.bulk.subscribe(subjects.order('w1'), () => undefined);
  await waitFor(() => reports.length === 2, 'two refusals');
  expect(reports.sort()).toEqual([
    'NATS does not permit publish of lockstep.v1.part.w1.',
    'NATS does not permit subscription of lockstep.v1.order.w1.',
  ]);
});

it('shuts a worker out when its credential ends, and lets it in again with the next', async () => {
  const user = nkeys.createUser();
  const issue = (seconds: number) =>
    issuer.issue({ worker: 'w3', publicKey: user.getPublicKey(), seconds }, Date.now() / 1000);
  let jwt = await issue(5);
  const worker = await connectAs({
    credentials: { type: 'jwt', jwt: () => jwt, seed: user.getSeed() },
    inboxPrefix: '_INBOX.w3',
  });
  const states: string[] = [];
  worker.onStatus(({ type }) => states.push(type));
  await waitFor(() => states.includes('disconnected'), 'the end of the credential');
  jwt = await issue(60);
  await waitFor(() => states.filter((state) => state === 'reconnected').length >= 2, 'both connections again');
});

it('knows no way in for a credential that another key has signed', async () => {
  const other = await createBusTrust();
  const [account] = trust.workerSigningKey.split('\n');
  const [, foreignSeed] = other.workerSigningKey.split('\n');
  const stranger = new CredentialIssuer(`${account}\n${foreignSeed}`);
  const user = nkeys.createUser();
  const jwt = await stranger.issue({ worker: 'w1', publicKey: user.getPublicKey(), seconds: 60 }, Date.now() / 1000);
  await expect(connectAs({ credentials: { type: 'jwt', jwt: () => jwt, seed: user.getSeed() } })).rejects.toMatchObject(
    {
      code: 'NATS_REFUSED',
    },
  );
  const asCoordinator = connectAs({ credentials: { type: 'creds', text: other.coordinatorCredentials } });
  await expect(asCoordinator).rejects.toMatchObject({ code: 'NATS_REFUSED' });
});
