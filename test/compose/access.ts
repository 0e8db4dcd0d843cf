/** What somebody can do who has got hold of a worker's credential: a real one, of this cluster, over its TLS. */
import { connectNats, WorkerIdentity } from '@lockstep/transport';
import { connect, jwtAuthenticator, type NatsConnection } from 'nats';
import { describe, expect } from 'vitest';
import { tryWhatIsForbidden } from '../support/intruder.js';
import type { Scene } from './scene.js';
import type { Stack } from './stack.js';

const OWN = 'w-intruder';

/** Enrols as a worker does, with what all workers of the cluster have. */
async function intruder(stack: Stack): Promise<NatsConnection> {
  const servers = `tls://127.0.0.1:${stack.ports.nats}`;
  const tls = { ca: await stack.secret('worker/nats-ca.pem') };
  const joining = WorkerIdentity.joining(await stack.secret('worker/join.creds'));
  const identity = new WorkerIdentity(OWN);
  const transport = await connectNats({ servers, name: 'joining', tls, ...joining });
  try {
    await identity.enrol(transport.control);
  } finally {
    await transport.close();
  }
  const { credentials, inboxPrefix } = identity.connection;
  if (credentials?.type !== 'jwt' || inboxPrefix === undefined)
    throw new Error('A worker connects in another way now.');
  const authenticator = jwtAuthenticator(credentials.jwt(), credentials.seed);
  return connect({ servers, tls, authenticator, inboxPrefix });
}

export function accessScenes(scene: Scene): void {
  describe('A credential of a worker', () => {
    scene('lets nobody read what others are told, or write anything that is not a worker’s.', async (stack) => {
      const [other = ''] = (await (await stack.client()).workers.list()).map(({ id }) => id);
      const connection = await intruder(stack);
      try {
        const { refused, tried, leaked } = await tryWhatIsForbidden(connection, { own: OWN, other, job: 'j-00000000' });
        expect(refused).toEqual(tried);
        expect(tried.length).toBeGreaterThanOrEqual(20);
        expect(leaked).toEqual([]);
      } finally {
        await connection.close();
      }
      await stack.untilWorkers(1);
    });

    scene('is asked for: without one, or without TLS, nobody comes in.', async (stack) => {
      const [port, ca] = [stack.ports.nats, await stack.secret('worker/nats-ca.pem')];
      const options = { servers: `tls://127.0.0.1:${port}`, tls: { ca }, maxReconnectAttempts: 0 };
      await expect(connect(options)).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
      await expect(connect({ ...options, tls: {} })).rejects.toThrow(/certificate/);
    });
  });
}
