/** What only a real server can do to us: end, come back, stop answering, refuse, and lose bytes. */
import type { ErrorCode } from '@lockstep/core';
import { connectNats } from '@lockstep/transport';
import type { NatsOptions, Transport, TransportStatus } from '@lockstep/transport';
import { connect } from 'nats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';
import { waitFor } from '../support/wait-for.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const withCode = (code: ErrorCode): unknown => expect.objectContaining({ name: 'LockstepError', code });

let server: TestNatsServer;
const transports: Transport[] = [];

/** Connects, and returns the transport with the list of what it reports. */
async function open(
  name: string,
  options: Partial<NatsOptions> = {},
): Promise<{ transport: Transport; reports: TransportStatus[] }> {
  const transport = await connectNats({ servers: server.url, name, waitMilliseconds: 60_000, ...options });
  const reports: TransportStatus[] = [];
  transport.onStatus((status) => reports.push(status));
  transports.push(transport);
  return { transport, reports };
}

function count(reports: readonly TransportStatus[], type: TransportStatus['type']): number {
  return reports.filter((report) => report.type === type).length;
}

beforeEach(async () => {
  server = await TestNatsServer.start();
});

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  await server.close();
});

/** Publishes until a message gets through both ways round. */
async function expectFlow(from: Transport, to: Transport): Promise<void> {
  for (const bus of ['control', 'bulk'] as const) {
    let received = 0;
    const subscription = to[bus].subscribe(`flow.${bus}`, () => (received += 1));
    await to[bus].flush();
    await waitFor(() => {
      from[bus].publish(`flow.${bus}`, bytes('x'));
      return received > 0;
    }, `messages on ${bus}`);
    subscription.unsubscribe();
  }
}

it('reconnects to a server that was killed, with its subscriptions and its stores', async () => {
  const { transport: one, reports } = await open('one');
  const { transport: two, reports: others } = await open('two');
  const received: string[] = [];
  two.control.subscribe('before', ({ data }) => received.push(Buffer.from(data).toString()));
  const values = await one.keyValue('jobs');
  const objects = await one.objectStore('checkpoints');
  const revision = await values.update('job', bytes('1'), 0);
  await objects.put('a', bytes('kept'));

  await server.kill();
  await waitFor(() => count(reports, 'disconnected') === 2, 'the loss of both connections');
  one.control.publish('before', bytes('into the void'));
  await server.restart();
  const back = (): boolean => [reports, others].every((list) => count(list, 'reconnected') === 2);
  await waitFor(back, 'all connections to be back');

  await expectFlow(one, two);
  await waitFor(() => {
    one.control.publish('before', bytes('again'));
    return received.includes('again');
  }, 'the subscription of before');
  expect((await values.get('job'))?.revision).toBe(revision);
  expect(await values.update('job', bytes('2'), revision)).toBeGreaterThan(revision);
  expect(Buffer.from(await objects.get('a')).toString()).toBe('kept');
});

it('fails what waits for a server that is gone, in time and in words', async () => {
  const { transport, reports } = await open('one');
  const values = await transport.keyValue('jobs');
  transport.control.subscribe('silent', () => undefined);
  await transport.control.flush();
  const underWay = expect(transport.control.request('silent', bytes('?'), 60_000)).rejects.toThrow(
    'The connection was lost in waiting for an answer on silent.',
  );
  await server.kill();
  await underWay;
  await waitFor(() => count(reports, 'disconnected') === 2, 'the loss of both connections');
  await Promise.all([
    expect(transport.control.request('x', bytes('?'), 200)).rejects.toThrow('Waited 0.2 s for an answer on x.'),
    expect(values.get('job')).rejects.toThrow("Waited 5 s for JetStream's answer, reading job in the key-value store"),
    expect(transport.bulk.flush()).rejects.toEqual(withCode('TIMEOUT')),
  ]);
});

it('does what is asked while the server is away as soon as it is back', async () => {
  const { transport, reports } = await open('one');
  const values = await transport.keyValue('jobs');
  const objects = await transport.objectStore('checkpoints');
  await server.kill();
  await waitFor(() => count(reports, 'disconnected') === 2, 'the loss of both connections');
  const asked = Promise.all([values.update('job', bytes('1'), 0), objects.put('a', bytes('1'))]);
  await server.restart();
  await asked;
});

it('gives a connection up that does not answer, with data under way', async () => {
  const { transport: one, reports } = await open('one', { pingMilliseconds: 150 });
  const { transport: two } = await open('two');
  server.pause();
  // More than the kernel's buffers hold, so that the connection cannot be closed in good order.
  for (let i = 0; i < 8; i += 1) one.bulk.publish('x', new Uint8Array(4 * 2 ** 20));
  // A server that others keep from answering is given up at other times, too.
  const away = (): number => count(reports, 'disconnected') - count(reports, 'reconnected');
  await waitFor(() => away() === 2, 'both connections to be given up');
  server.resume();
  await waitFor(() => away() === 0, 'both connections to be back');
  await expectFlow(one, two);
});

it('says that no server answers, at once or after a wait', async () => {
  const { url } = server;
  await server.kill();
  await expect(connectNats({ servers: url, name: 'early' })).rejects.toEqual(withCode('UNREACHABLE'));
  const patient = connectNats({ servers: url, name: 'patient', waitMilliseconds: 60_000 });
  await server.restart();
  transports.push(await patient);
});

it('notices an object whose pieces are gone or changed', async () => {
  const { transport } = await open('one');
  const objects = await transport.objectStore('shards');
  const data = new Uint8Array(3_000_000).fill(7);
  for (const name of ['gone', 'changed', 'whole']) await objects.put(name, data);

  const intruder = await connect({ servers: server.url });
  const manager = await intruder.jetstreamManager();
  const view = await intruder.jetstream().views.os('shards');
  const gone = await view.info('gone');
  const { state } = await manager.streams.info('OBJ_shards', { subjects_filter: `$O.shards.C.${gone?.nuid}` });
  expect(state.subjects).toBeDefined();
  await manager.streams.purge('OBJ_shards', { filter: `$O.shards.C.${gone?.nuid}`, keep: 1 });

  const changed = await view.info('changed');
  await manager.streams.purge('OBJ_shards', { filter: `$O.shards.C.${changed?.nuid}` });
  for (const size of [1_048_576, 1_048_576, 902_848]) {
    await intruder.jetstream().publish(`$O.shards.C.${changed?.nuid}`, new Uint8Array(size).fill(8));
  }
  await intruder.close();

  await expect(objects.get('gone')).rejects.toEqual(withCode('HASH_MISMATCH'));
  await expect(objects.get('changed')).rejects.toEqual(withCode('HASH_MISMATCH'));
  expect(Buffer.compare(await objects.get('whole'), data)).toBe(0);
});

it('says that there is no room left, and goes on when there is', async () => {
  await server.close();
  const limited = 'accounts { A { jetstream { max_file: 3MB }, users: [{ user: a, password: a }] } }\nno_auth_user: a';
  server = await TestNatsServer.start({ config: limited });
  const { transport } = await open('one');
  const values = await transport.keyValue('jobs');
  const objects = await transport.objectStore('objects');
  await values.update('small', bytes('x'), 0);
  await expect(objects.put('large', new Uint8Array(4 * 2 ** 20))).rejects.toEqual(withCode('STORAGE_FULL'));
  const fill = async (): Promise<void> => {
    for (let count = 0; count < 100; count++) await values.update(`job-${String(count)}`, new Uint8Array(2 ** 17), 0);
  };
  await expect(fill()).rejects.toEqual(withCode('STORAGE_FULL'));
  for (let count = 0; count < 10; count++) await values.delete(`job-${String(count)}`);
  await values.update('again', bytes('y'), 0);
});
