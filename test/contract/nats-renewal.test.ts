/** A connection that is renewed: nothing that was published before is lost, and it can do everything again. */
import { connectNats, type RenewableTransport } from '@lockstep/transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';
import { waitFor } from '../support/wait-for.js';

let server: TestNatsServer;
let [worker, coordinator]: RenewableTransport[] = [];

beforeAll(async () => {
  server = await TestNatsServer.start();
  [worker, coordinator] = await Promise.all(
    ['worker', 'coordinator'].map((name) => connectNats({ servers: server.url, name, waitMilliseconds: 60_000 })),
  );
});

afterAll(async () => {
  for (const transport of [worker, coordinator]) await transport?.close();
  await server.close();
});

it('loses nothing of what it has published, hears everything again, and makes no fuss', async () => {
  const heard: number[] = [];
  const said: string[] = [];
  let orders = 0;
  coordinator!.bulk.subscribe('part', ({ data }) => heard.push(data.length));
  worker!.bulk.subscribe('order', () => (orders += 1));
  worker!.onStatus(({ message }) => said.push(message));
  await Promise.all([coordinator!.bulk.flush(), worker!.bulk.flush()]);
  for (let round = 1; round <= 5; round++) {
    for (let i = 0; i < 20; i++) worker!.bulk.publish('part', new Uint8Array(100_000));
    await worker!.renew();
    coordinator!.bulk.publish('order', Uint8Array.of(1));
    await waitFor(() => heard.length === 20 * round && orders === round, `round ${round}`);
  }
  expect(said).toEqual([]);
});

it('says so when the server is not there any more', async () => {
  const said: string[] = [];
  worker!.onStatus(({ type }) => said.push(type));
  const renewing = worker!.renew().catch(() => undefined);
  await server.kill();
  await renewing;
  await waitFor(() => said.includes('disconnected'), 'the loss to be noticed');
  await server.restart();
  await waitFor(() => said.includes('reconnected'), 'the connection to be back');
  await worker!.renew();
});
