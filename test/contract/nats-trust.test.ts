/** Whoever comes with the wrong credentials, to the wrong server or in the wrong way is told which of these it is. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets, SECRET_FILES } from '@lockstep/cli';
import { connectNats, CredentialIssuer, type NatsCredentials, type NatsOptions } from '@lockstep/transport';
import { nkeys } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';
import { securedNatsConfig } from '../support/secured-cluster.js';

interface Cluster {
  readonly folder: string;
  readonly coordinator: NatsCredentials & { readonly text: string };
  readonly ca: string;
  readonly signingKey: string;
}

let [own, foreign]: Cluster[] = [];
let server: TestNatsServer;
let open: TestNatsServer;

async function secrets(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  await makeSecrets({ folder, hosts: [], url: 'http://h', now: new Date() });
  const read = (name: keyof typeof SECRET_FILES): Promise<string> => readFile(join(folder, SECRET_FILES[name]), 'utf8');
  return {
    folder,
    coordinator: { type: 'creds', text: await read('coordinatorCredentials') },
    ca: await read('coordinatorAuthority'),
    signingKey: await read('workerSigningKey'),
  };
}

beforeAll(async () => {
  [own, foreign] = [await secrets(), await secrets()];
  server = await TestNatsServer.start({ config: securedNatsConfig(own.folder) });
  open = await TestNatsServer.start();
});

afterAll(async () => {
  await Promise.all([server.close(), open.close()]);
  for (const cluster of [own, foreign]) await rm(cluster!.folder, { recursive: true });
});

async function failure(options: Partial<NatsOptions>): Promise<unknown> {
  const connected = connectNats({ servers: server.url, name: 'test', waitMilliseconds: 60_000, ...options });
  return connected.then(
    async (transport) => {
      await transport.close();
      return 'connected';
    },
    (error: unknown) => error,
  );
}

/** A credential that comes from a coordinator with this signing key. */
async function workerWith(signingKey: string, seconds: number): Promise<NatsCredentials> {
  const issuer = new CredentialIssuer(signingKey);
  const user = nkeys.createUser();
  const request = { worker: 'w1', publicKey: user.getPublicKey(), seconds };
  const jwt = await issuer.issue(request, Date.now() / 1000);
  return { type: 'jwt', jwt: () => jwt, seed: user.getSeed() };
}

it('lets in who comes with the right ones', async () => {
  expect(await failure({ credentials: own!.coordinator, tls: { ca: own!.ca } })).toBe('connected');
  const worker = { credentials: await workerWith(own!.signingKey, 60), inboxPrefix: '_INBOX.w1' };
  expect(await failure({ ...worker, tls: { ca: own!.ca } })).toBe('connected');
});

it('says that credentials are not accepted: none, unknown, forged and ended ones', async () => {
  const tls = { ca: own!.ca };
  const forged = await workerWith(foreign!.signingKey, 60);
  const ended = await workerWith(own!.signingKey, -1);
  for (const credentials of [foreign!.coordinator, forged, ended]) {
    expect(await failure({ credentials, tls })).toMatchObject({
      code: 'NATS_REFUSED',
      message: expect.stringContaining('does not accept the credentials') as string,
      hint: expect.stringContaining('trust.conf') as string,
    });
  }
  expect(await failure({ tls })).toMatchObject({
    code: 'NATS_REFUSED',
    message: expect.stringContaining('asks for credentials') as string,
    hint: expect.stringContaining('--join-credentials') as string,
  });
});

it('sends nothing to a server that another authority vouches for, or none that is known', async () => {
  for (const ca of [foreign!.ca, undefined]) {
    const tls = ca === undefined ? {} : { tls: { ca } };
    expect(await failure({ credentials: own!.coordinator, ...tls })).toMatchObject({
      code: 'NATS_NOT_TRUSTED',
      hint: expect.stringContaining('--nats-ca') as string,
    });
  }
});

it('sends nothing to a server that does not speak TLS when it has to', async () => {
  expect(await failure({ servers: open.url, tls: { ca: own!.ca } })).toMatchObject({
    code: 'NATS_NOT_TRUSTED',
    message: expect.stringContaining('does not speak TLS') as string,
  });
});

it('says so when a file is no credential or no certificate', async () => {
  const credentials: NatsCredentials = { type: 'creds', text: 'hello' };
  expect(await failure({ credentials, tls: { ca: own!.ca } })).toMatchObject({ code: 'INVALID_OPTION' });
  for (const ca of ['', 'hello']) {
    expect(await failure({ credentials: own!.coordinator, tls: { ca } })).toMatchObject({ code: 'INVALID_OPTION' });
  }
});

it('waits for a server that is not there, as for one that is restarted', async () => {
  const nobody = failure({ servers: 'nats://127.0.0.1:1', tls: { ca: own!.ca }, waitMilliseconds: 0 });
  expect(await nobody).toMatchObject({ code: 'UNREACHABLE' });
  const withPassword = await failure({ servers: 'nats://ada:se@cret@127.0.0.1:1', waitMilliseconds: 0 });
  expect(String(withPassword)).toContain('nats://127.0.0.1:1');
  expect(String(withPassword)).not.toContain('cret');
});
