/** The secrets of a cluster, used as they are meant to be: by a real server with TLS, and by clients. */
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets, SECRET_FILES } from '@lockstep/cli';
import { connectNats } from '@lockstep/transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';

let folder: string;
const optionsFor = (folder: string): Parameters<typeof makeSecrets>[0] => ({
  ...{ folder, hosts: ['nats.example.org'], url: 'http://127.0.0.1:8470', now: new Date() },
});
let server: TestNatsServer;
const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  expect((await makeSecrets(optionsFor(folder))).made).toEqual(Object.values(SECRET_FILES));
  const files = { cert: SECRET_FILES.natsCertificate, key: SECRET_FILES.natsKey };
  const tls = Object.entries(files).map(([name, file]) => `${name}_file: ${JSON.stringify(join(folder, file))}`);
  server = await TestNatsServer.start({ config: `${await read(SECRET_FILES.natsTrust)}tls { ${tls.join(', ')} }` });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function connect(ca: string | undefined): Promise<void> {
  const text = await read(SECRET_FILES.coordinatorCredentials);
  const tls = ca === undefined ? {} : { tls: { ca } };
  await (await connectNats({ servers: server.url, name: 't', credentials: { type: 'creds', text }, ...tls })).close();
}

it('lets in whoever has the credentials, over a connection that the authority vouches for', async () => {
  await connect(await read(SECRET_FILES.coordinatorAuthority));
});

it('keeps a client from a server that its authority has not signed', async () => {
  const other = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  await makeSecrets(optionsFor(other));
  const foreign = await readFile(join(other, SECRET_FILES.workerAuthority), 'utf8');
  await rm(other, { recursive: true });
  await expect(connect(foreign)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await expect(connect(undefined)).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

it('is for its owner alone, a folder a role, and is never written again', async () => {
  const folders = (await readdir(folder)).sort();
  expect(folders).toEqual(['authority', 'cli', 'coordinator', 'nats', 'prometheus', 'worker']);
  for (const path of [...folders, ...Object.values(SECRET_FILES)]) {
    expect([path, (await stat(join(folder, path))).mode & 0o077]).toEqual([path, 0]);
  }
  const before = await Promise.all(Object.values(SECRET_FILES).map(read));
  expect(await makeSecrets(optionsFor(folder))).toMatchObject({ made: [], kept: Object.values(SECRET_FILES) });
  expect(await Promise.all(Object.values(SECRET_FILES).map(read))).toEqual(before);
  expect((await readdir(join(folder, 'worker'))).sort()).toEqual(['join.creds', 'nats-ca.pem']);
});

it('makes what is missing as a whole, and touches nothing when a half of something is missing', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  try {
    await cp(folder, copy, { recursive: true });
    for (const file of ['coordinator/tokens.json', 'prometheus/token', 'cli/token', 'cli/context.json']) {
      await rm(join(copy, file));
    }
    expect((await makeSecrets(optionsFor(copy))).made).toHaveLength(4);
    await rm(join(copy, SECRET_FILES.joinCredentials));
    await rm(join(copy, SECRET_FILES.prometheusToken));
    const error: unknown = await makeSecrets(optionsFor(copy)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('worker/join.creds') as string });
    expect(await readdir(join(copy, 'worker'))).toEqual(['nats-ca.pem']);
  } finally {
    await rm(copy, { recursive: true });
  }
});
