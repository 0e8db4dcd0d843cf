import { decodeFrame, encodeFrame, subjects, type EnrolledFrame } from '@lockstep/proto';
import { createBusTrust, CredentialIssuer, MemoryNetwork, type Transport } from '@lockstep/transport';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { Enrolment } from './enrolment.js';
import { silentLog } from '../testing/fake-worker.js';

/** Real ones: their checksums are looked at. */
const [KEY, OTHER_KEY] = [
  'UAWH3NP7H6GJOU5JKRQOPZ7WCLXARWXIPXNE2ULLIO6SU7ZV5SAAIUPR',
  'UAF3OTKNN3PYD3OKAZFIB3VD4I7YMZ2P455C7AJPKKMQCJNCDPCUEZ5G',
];

let issuer: CredentialIssuer;
let worker: Transport;
let members: Set<string>;
let revoked: Set<string>;

beforeAll(async () => {
  issuer = new CredentialIssuer((await createBusTrust()).workerSigningKey);
});

beforeEach(() => {
  members = new Set();
  revoked = new Set();
  serve(issuer);
});

function serve(by: CredentialIssuer): void {
  const network = new MemoryNetwork();
  worker = network.connect('worker');
  new Enrolment({
    ...{ transport: network.connect('coordinator'), issuer: by, log: silentLog, seconds: 600 },
    isMember: (name) => members.has(name),
    isRevoked: (name) => revoked.has(name),
  });
}

async function enrol(name: string, publicKey: string): Promise<EnrolledFrame> {
  const answer = decodeFrame(await ask(name, publicKey, subjects.enrol(name), 20_000));
  if (!answer.ok || answer.frame.type !== 'enrolled') throw new Error('It was not answered.');
  return answer.frame;
}

/** What is answered to whoever asks by that name on the subject. */
function ask(name: string, publicKey: string, subject: string, milliseconds: number): Promise<Uint8Array> {
  const frame = encodeFrame({ type: 'enrol', worker: name, publicKey });
  return worker.control.request(subject, frame, milliseconds);
}

/** What the server reads in a credential. */
function claims(jwt: string): { name: string; sub: string; exp: number; nats: object } {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as ReturnType<typeof claims>;
}

it('gives a credential for that worker and that key, for as long as it says', async () => {
  const before = Math.floor(Date.now() / 1000);
  const { accepted, jwt, seconds } = await enrol('w1', KEY);
  const after = Math.ceil(Date.now() / 1000);
  expect({ accepted, seconds }).toEqual({ accepted: true, seconds: 600 });
  const { name, sub, exp, nats } = claims(jwt);
  expect({ name, sub }).toEqual({ name: 'w1', sub: KEY });
  expect(exp - before).toBeGreaterThanOrEqual(600);
  expect(exp - after).toBeLessThan(630);
  // Rights come from the scope of the signing key, not from the credential.
  expect(nats).not.toHaveProperty('pub');
});

it('does not let another take the name of a worker that is there', async () => {
  await enrol('w1', KEY);
  members.add('w1');
  expect(await enrol('w1', OTHER_KEY)).toMatchObject({ accepted: false, jwt: '' });
  expect((await enrol('w1', KEY)).accepted).toBe(true);
  members.delete('w1');
  expect((await enrol('w1', OTHER_KEY)).accepted).toBe(true);
});

it('does not let another take it either by asking under very many names first', async () => {
  serve({ issue: () => Promise.resolve('a.b.c') } as unknown as CredentialIssuer);
  await enrol('w1', KEY);
  members.add('w1');
  for (let round = 0; round < 100; round++) {
    const names = Array.from({ length: 100 }, (_, index) => `other-${String(round)}-${String(index)}`);
    await Promise.all(names.map((name) => enrol(name, OTHER_KEY)));
  }
  expect((await enrol('w1', OTHER_KEY)).accepted).toBe(false);
});

it('refuses a worker that is shut out, also when it only wants to renew', async () => {
  await enrol('w1', KEY);
  revoked.add('w1');
  const { accepted, reason } = await enrol('w1', KEY);
  expect(accepted).toBe(false);
  expect(reason).toContain('lockstep worker admit w1');
});

it('says so when a key is none', async () => {
  const { accepted, reason } = await enrol('w1', `U${'A'.repeat(55)}`);
  expect(accepted).toBe(false);
  expect(reason).toBe('this is not the public key of a NATS user');
});

it('does not answer who asks in the name of another', async () => {
  await expect(ask('w1', KEY, subjects.enrol('w2'), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
});
