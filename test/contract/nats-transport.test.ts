import { connectNats } from '@lockstep/transport';
import { afterAll, beforeAll } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';
import { describeTransport } from './transport-contract.js';

let server: TestNatsServer;
beforeAll(async () => {
  server = await TestNatsServer.start();
});
afterAll(async () => {
  await server.close();
});

describeTransport('the NATS adapter', (name) => connectNats({ servers: server.url, name, waitMilliseconds: 60_000 }));
