/** The secrets of a cluster, used as they are meant to be: by a real server with TLS, and by clients. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets, SECRET_FILES } from '@lockstep/cli';
import { connectNats } from '@lockstep/transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';

let folder: string;
let server: TestNatsServer;
const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  expect((await makeSecrets(folder, ['nats', '127.0.0.1'])).made).toBe(true);
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
  await makeSecrets(other, ['127.0.0.1']);
  const foreign = await readFile(join(other, SECRET_FILES.workerAuthority), 'utf8');
  await rm(other, { recursive: true });
  await expect(connect(foreign)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await expect(connect(undefined)).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

it('is for its owner alone, a folder a role, and is never written again', async () => {
  expect((await readdir(folder)).sort()).toEqual(['coordinator', 'nats', 'worker']);
  for (const file of Object.values(SECRET_FILES)) expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  const before = await Promise.all(Object.values(SECRET_FILES).map(read));
  expect((await makeSecrets(folder, ['elsewhere'])).made).toBe(false);
  expect(await Promise.all(Object.values(SECRET_FILES).map(read))).toEqual(before);
  expect(await readdir(join(folder, 'worker'))).toHaveLength(2);
});
