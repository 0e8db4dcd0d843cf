/** The secrets of a cluster, used as they are meant to be: by a real server with TLS, and by clients. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets, renewSecrets, SECRET_FILES } from '@lockstep/cli';
import { BUCKETS, connectNats, CredentialIssuer, type NatsOptions, type Transport } from '@lockstep/transport';
import { nkeys } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNatsServer } from '../support/nats-server.js';
import { securedNatsConfig } from '../support/secured-cluster.js';

let folder: string;
const optionsFor = (folder: string): Parameters<typeof makeSecrets>[0] => ({
  ...{ folder, hosts: ['nats.example.org'], url: 'http://127.0.0.1:8470', now: new Date() },
});
let nats: TestNatsServer;
const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  expect((await makeSecrets(optionsFor(folder))).made).toEqual(Object.values(SECRET_FILES));
  nats = await TestNatsServer.start({ config: securedNatsConfig(folder) });
});

afterAll(async () => {
  await nats.close();
  await rm(folder, { recursive: true });
});

async function connectWith(credentials: NatsOptions['credentials'], inboxPrefix = '_INBOX'): Promise<Transport> {
  const tls = { ca: await read(SECRET_FILES.coordinatorAuthority) };
  const server = { servers: nats.url, waitMilliseconds: 60_000 };
  return connectNats({ ...server, name: 'test', tls, inboxPrefix, ...(credentials && { credentials }) });
}

async function coordinator(): Promise<NatsOptions['credentials']> {
  return { type: 'creds', text: await read(SECRET_FILES.coordinatorCredentials) };
}

async function worker(): Promise<NatsOptions['credentials']> {
  const issuer = new CredentialIssuer(await read(SECRET_FILES.workerSigningKey));
  const user = nkeys.createUser();
  const request = { worker: 'w1', publicKey: user.getPublicKey(), seconds: 600 };
  const jwt = await issuer.issue(request, Date.now() / 1000);
  return { type: 'jwt', jwt: () => jwt, seed: user.getSeed() };
}

async function restart(): Promise<void> {
  await nats.stop();
  await nats.restart();
}

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

it('makes anew what was being made when its maker was ended', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  try {
    await mkdir(join(copy, 'nats'));
    await symlink('/nowhere', join(copy, SECRET_FILES.natsTrust));
    // The third file that is made: two are there then.
    await expect(makeSecrets(optionsFor(copy))).rejects.toMatchObject({ code: 'CONFLICT' });
    await rm(join(copy, SECRET_FILES.natsTrust));
    const first = await readFile(join(copy, SECRET_FILES.operatorSeed), 'utf8');
    expect((await makeSecrets(optionsFor(copy))).made).toEqual(Object.values(SECRET_FILES));
    expect(await readFile(join(copy, SECRET_FILES.operatorSeed), 'utf8')).not.toBe(first);
    expect((await readdir(join(copy, 'authority'))).sort()).toEqual(['account.seed', 'ca-key.pem', 'operator.seed']);
    expect((await makeSecrets(optionsFor(copy))).made).toEqual([]);
  } finally {
    await rm(copy, { recursive: true });
  }
});

it('gives one who makes secrets a whole cluster of them, or tells all, when several do at once', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  try {
    const results = await Promise.allSettled([1, 2, 3].map(() => makeSecrets(optionsFor(copy))));
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONFLICT' });
    }
    await makeSecrets(optionsFor(copy));
    const read = (file: string): Promise<string> => readFile(join(copy, file), 'utf8');
    const certificate = new X509Certificate(await read(SECRET_FILES.natsCertificate));
    expect(certificate.verify(new X509Certificate(await read(SECRET_FILES.workerAuthority)).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(await read(SECRET_FILES.natsKey)))).toBe(true);
    // It needs the whole of what the authority has signed.
    await renewSecrets('credentials', { folder: copy, hosts: [], now: new Date() });
    expect(await readdir(join(copy, 'authority'))).toHaveLength(3);
  } finally {
    await rm(copy, { recursive: true });
  }
});

it('renews what is lost of what it makes', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  try {
    await cp(folder, copy, { recursive: true });
    await rm(join(copy, SECRET_FILES.natsKey));
    await rm(join(copy, SECRET_FILES.joinCredentials));
    for (const group of ['certificate', 'credentials'] as const) {
      await renewSecrets(group, { folder: copy, hosts: [], now: new Date() });
    }
    const certificate = new X509Certificate(await readFile(join(copy, SECRET_FILES.natsCertificate)));
    const key = createPrivateKey(await readFile(join(copy, SECRET_FILES.natsKey)));
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(await readFile(join(copy, SECRET_FILES.joinCredentials), 'utf8')).toContain('NATS USER JWT');
    expect((await stat(join(copy, SECRET_FILES.natsKey))).mode & 0o077).toBe(0);
  } finally {
    await rm(copy, { recursive: true });
  }
});

it('renews credentials: the old ones let nobody in any more, and stored data stay', async () => {
  const before = await connectWith(await coordinator());
  await (await before.objectStore(BUCKETS.shards)).put('object', Uint8Array.of(1, 2, 3));
  await before.close();
  const join = { type: 'creds', text: await read(SECRET_FILES.joinCredentials) } as const;
  const old = [await coordinator(), join, await worker()];
  const { renewed, restart: toRestart } = await renewSecrets('credentials', { folder, hosts: [], now: new Date() });
  expect(renewed).toEqual([
    ...[SECRET_FILES.natsTrust, SECRET_FILES.coordinatorCredentials, SECRET_FILES.workerSigningKey],
    SECRET_FILES.joinCredentials,
  ]);
  expect(toRestart).toEqual(['nats', 'coordinator', 'worker']);
  await restart();
  for (const credentials of old) {
    await expect(connectWith(credentials)).rejects.toMatchObject({ code: 'NATS_REFUSED' });
  }
  await (await connectWith(await worker(), '_INBOX.w1')).close();
  const after = await connectWith(await coordinator());
  expect([...(await (await after.objectStore(BUCKETS.shards)).get('object'))]).toEqual([1, 2, 3]);
  await after.close();
});

it('renews the certificate, for further names too; whoever trusts the authority goes on to', async () => {
  const authority = await read(SECRET_FILES.workerAuthority);
  await renewSecrets('certificate', { folder, hosts: ['10.0.0.7', 'more.example.org'], now: new Date() });
  await restart();
  expect(await read(SECRET_FILES.workerAuthority)).toBe(authority);
  await (await connectWith(await coordinator())).close();
  const certificate = new X509Certificate(await read(SECRET_FILES.natsCertificate));
  expect(certificate.checkIP('10.0.0.7')).toBe('10.0.0.7');
  for (const host of ['nats', 'nats.example.org', 'more.example.org']) expect(certificate.checkHost(host)).toBe(host);
  expect(certificate.checkHost('elsewhere.example.org')).toBeUndefined();
});

it('renews nothing without its authority, and says so when that is damaged', async () => {
  const renew = (): Promise<unknown> => renewSecrets('certificate', { folder, hosts: [], now: new Date() });
  const before = await read(SECRET_FILES.natsCertificate);
  await writeFile(join(folder, SECRET_FILES.authorityKey), 'hello');
  await expect(renew()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await rm(join(folder, SECRET_FILES.authorityKey));
  await expect(renew()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await read(SECRET_FILES.natsCertificate)).toBe(before);
});
