import { connectNats } from '@lockstep/transport';
import type { NatsCredentials, Transport } from '@lockstep/transport';
import { nkeys } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';
import { waitFor } from '../support/wait-for.js';

const nkey = nkeys.createUser();
const worker: NatsCredentials = { type: 'nkey', seed: new TextDecoder().decode(nkey.getSeed()) };
const coordinator: NatsCredentials = { type: 'password', user: 'coordinator', password: 'secret' };

let server: TestNatsServer;
const open: Transport[] = [];

beforeAll(async () => {
  const permissions = 'permissions { publish: ["part.w1"], subscribe: ["order.w1", "_INBOX.>"] }';
  server = await TestNatsServer.start({
    config: `authorization { users = [
      { user: coordinator, password: secret }
      { nkey: ${nkey.getPublicKey()}, ${permissions} }
    ] }`,
  });
});

afterAll(async () => {
  await Promise.all(open.map((transport) => transport.close()));
  await server.close();
});

async function connectAs(credentials: NatsCredentials): Promise<Transport> {
  const transport = await connectNats({ servers: server.url, name: 'test', credentials, waitMilliseconds: 60_000 });
  open.push(transport);
  return transport;
}

it('does not come in with wrong credentials, and does not try for ever', async () => {
  const credentials: NatsCredentials = { type: 'password', user: 'coordinator', password: 'wrong' };
  const attempt = connectNats({ servers: server.url, name: 'test', credentials, waitMilliseconds: 60_000 });
  await expect(attempt).rejects.toMatchObject({ code: 'NATS_REFUSED' });
});

it('reports what the server does not permit, and goes on', async () => {
  const [one, two] = [await connectAs(worker), await connectAs(coordinator)];
  const received: string[] = [];
  two.bulk.subscribe('part.*', ({ subject }) => received.push(subject));
  await two.bulk.flush();
  const reports: string[] = [];
  one.onStatus(({ type, message }) => reports.push(`${type}: ${message}`));
  one.bulk.publish('part.w2', new Uint8Array(1));
  one.bulk.subscribe('order.w2', () => undefined);
  one.bulk.publish('part.w1', new Uint8Array(1));
  await waitFor(() => reports.length === 2, 'two refusals');
  await waitFor(() => received.length === 1, 'what is permitted');
  expect(reports).toEqual([
    'error: NATS does not permit publish of part.w2.',
    'error: NATS does not permit subscription of order.w2.',
  ]);
  expect(received).toEqual(['part.w1']);
});
