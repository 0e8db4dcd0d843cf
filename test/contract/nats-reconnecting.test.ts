/** A server that is away, or does not let us in, for long: it is tried again, at a bounded rate and without a word each time. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import {
  connectNats,
  createBusTrust,
  CredentialIssuer,
  type Transport,
  type TransportStatus,
} from '@lockstep/transport';
import { nkeys } from 'nats';
import { afterEach, expect, it, vi } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';
import { waitFor } from '../support/wait-for.js';

const WAIT_MILLISECONDS = 30_000;
let server: TestNatsServer | undefined;
let transport: Transport | undefined;

afterEach(async () => {
  vi.useRealTimers();
  await transport?.close();
  await server?.close();
});

it('says once for each connection that a credential has ended, and comes back with the next', async () => {
  const trust = await createBusTrust();
  const issuer = new CredentialIssuer(trust.workerSigningKey);
  server = await TestNatsServer.start({ config: trust.serverConfig });
  const user = nkeys.createUser();
  const issue = (seconds: number): Promise<string> =>
    issuer.issue({ worker: 'w1', publicKey: user.getPublicKey(), seconds }, Date.now() / 1000);
  let jwt = await issue(2);
  let attempts = 0;
  const credential = (): string => {
    attempts += 1;
    return jwt;
  };
  transport = await connectNats({
    ...{ servers: server.url, name: 'test', inboxPrefix: '_INBOX.w1' },
    credentials: { type: 'jwt', jwt: credential, seed: user.getSeed() },
  });
  const reports: TransportStatus[] = [];
  transport.onStatus((status) => reports.push(status));
  const count = (words: RegExp): number => reports.filter(({ message }) => words.test(message)).length;
  await waitFor(() => count(/is lost/) >= 2, 'the end of the credential', WAIT_MILLISECONDS);
  const before = attempts;
  await waitFor(() => attempts >= before + 6, 'attempts to come back', WAIT_MILLISECONDS);
  const refusals = count(/Authorization Violation/);
  expect(refusals).toBeLessThanOrEqual(2 + count(/is back/));
  expect(count(/is lost/)).toBe(2 + count(/is back/));
  expect(reports.filter(({ type }) => type === 'refused').length).toBeGreaterThanOrEqual(2);
  jwt = await issue(60);
  await waitFor(() => count(/is back/) === count(/is lost/), 'both connections', WAIT_MILLISECONDS);
});

it('says that it is not let in when its credential has ended while the server was away', async () => {
  const trust = await createBusTrust();
  server = await TestNatsServer.start({ config: trust.serverConfig });
  const user = nkeys.createUser();
  const ends = Date.now() / 1000 + 2;
  const request = { worker: 'w1', publicKey: user.getPublicKey(), seconds: 2 };
  const jwt = await new CredentialIssuer(trust.workerSigningKey).issue(request, ends - 2);
  transport = await connectNats({
    ...{ servers: server.url, name: 'test', inboxPrefix: '_INBOX.w1' },
    credentials: { type: 'jwt', jwt: () => jwt, seed: user.getSeed() },
  });
  const types: TransportStatus['type'][] = [];
  transport.onStatus(({ type }) => types.push(type));
  await server.kill();
  await waitFor(() => Date.now() / 1000 > ends + 1, 'the end of the credential', WAIT_MILLISECONDS);
  expect(types).not.toContain('refused');
  await server.restart();
  await waitFor(() => types.includes('refused'), 'the refusal', WAIT_MILLISECONDS);
});

it('tries ever more rarely while nobody lets it in', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  const { port, shut, close } = await closingDoor();
  const url = `nats://127.0.0.1:${String(port)}`;
  transport = await connectNats({ servers: url, name: 'test' });
  const attempts = shut();
  for (let second = 0; second < 60; second += 0.1) {
    await vi.advanceTimersByTimeAsync(100);
    // Sockets need turns of the event loop, whatever the clock says.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(attempts()).toBeGreaterThan(2);
  expect(attempts()).toBeLessThan(100);
  await transport.close();
  await close();
});

it('is not disturbed by a connection that was given up as too slow, when that one answers and ends after all', async () => {
  server = await TestNatsServer.start();
  const way = await wayTo(Number(new URL(server.url).port));
  transport = await connectNats({ servers: `nats://127.0.0.1:${String(way.port)}`, name: 'test' });
  const reports: string[] = [];
  transport.onStatus(({ type }) => reports.push(type));
  const received: Uint8Array[] = [];
  transport.control.subscribe('a', ({ data }) => received.push(data));
  way.holdNext();
  way.cut(0);
  await waitFor(() => reports.includes('reconnected'), 'the connection after the slow one', WAIT_MILLISECONDS);
  await way.letGo();
  for (let message = 1; message <= 5; message++) {
    transport.control.publish('a', new Uint8Array(1));
    await waitFor(() => received.length >= message, 'the message', WAIT_MILLISECONDS);
  }
  expect(received).toHaveLength(5);
  expect(reports).toEqual(['disconnected', 'reconnected']);
  await transport.close();
  way.close();
});

interface Way {
  readonly port: number;
  /** What the server says to the next one that comes does not arrive. */
  readonly holdNext: () => void;
  /** Ends the connection of that number. */
  readonly cut: (number: number) => void;
  /** Now what the server said arrives, and then the connection ends: resolves when its client has noticed. */
  readonly letGo: () => Promise<void>;
  readonly close: () => void;
}

/** To a server, as a network that can be slow. */
async function wayTo(port: number): Promise<Way> {
  const clients: Socket[] = [];
  let holding = false;
  let held: (() => Promise<void>) | undefined;
  const door = createServer((client) => {
    clients.push(client);
    const behind = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const)
      one.on('error', () => undefined).on('close', () => other.destroy());
    client.pipe(behind);
    if (holding) held = () => lateAnswer(client, behind);
    else behind.pipe(client);
    holding = false;
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  return {
    port: (door.address() as AddressInfo).port,
    holdNext: () => (holding = true),
    cut: (number) => clients[number]?.destroy(),
    letGo: async () => held?.(),
    close: () => void door.close(),
  };
}

function lateAnswer(client: Socket, behind: Socket): Promise<void> {
  const noticed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  behind.once('data', (info: Buffer) => client.write(info, () => client.end()));
  return noticed;
}

/** As much of a server as lets clients in, until it is shut; then it cuts off at once whatever comes, and counts it. */
async function closingDoor(): Promise<{ port: number; shut: () => () => number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  let attempts: number | undefined;
  const door = createServer((socket) => {
    // Clients end as they please.
    socket.on('error', () => undefined);
    if (attempts !== undefined) {
      attempts += 1;
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.write('INFO {"server_id":"x","version":"2.15.1","max_payload":1000000,"headers":true}\r\n');
    socket.on('data', (data) => {
      if (data.includes('PING')) socket.write('PONG\r\n');
    });
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const shut = (): (() => number) => {
    attempts = 0;
    for (const socket of sockets) socket.destroy();
    return () => attempts ?? 0;
  };
  const close = (): Promise<void> => new Promise((resolve) => void door.close(() => resolve()));
  return { port: (door.address() as AddressInfo).port, shut, close };
}
