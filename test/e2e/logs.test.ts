/** What the services of a cluster with credentials write: lines of JSON, with what they are about and without secrets. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importMnist, makeSecrets, openMnist, SECRET_FILES } from '@lockstep/cli';
import { createClient, type LockstepClient } from '@lockstep/client';
import type { LogLine } from '@lockstep/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runLockstep, startLockstep, type RunningCommand } from '../support/command.js';
import { exampleJob } from '../support/jobs.js';
import { TestNatsServer } from '../support/nats-server.js';
import { waitFor } from '../support/wait-for.js';

const MILLISECONDS = 120_000;
/** Throws where nobody catches it when the process is told to. */
const PLANTED = `process.on('SIGUSR2', () => { throw new RangeError('planted'); })`;

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

let folder: string;
let nats: TestNatsServer;
let client: LockstepClient;
let coordinator: RunningCommand;
const workers: RunningCommand[] = [];
/** The token that the command is given. */
let token: string;
let url: string;

const secret = (file: string): string => join(folder, 'secrets', file);
/** TensorFlow says this whatever its settings are; nothing else may be no JSON. */
const OF_TENSORFLOW = /absl::InitializeLog|oneDNN custom operations/;
const linesOf = ({ stderr }: RunningCommand): Line[] =>
  stderr()
    .split('\n')
    // The last one may be on its way.
    .slice(0, -1)
    .filter((line) => !OF_TENSORFLOW.test(line))
    .map((line) => JSON.parse(line) as Line);
const found = (service: RunningCommand, pattern: RegExp): Line | undefined =>
  linesOf(service).find(({ msg }) => pattern.test(msg));

function start(...args: string[]): RunningCommand {
  const planted = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PLANTED)}` };
  const common = ['--nats', nats.url.replace('127.0.0.1', 'localhost'), '--log', 'json', '--log-level', 'debug'];
  return startLockstep([...args, ...common], planted);
}

function startCoordinator(credentials: string, dataDir: string): RunningCommand {
  return start(
    ...[
      'coordinator',
      '--port',
      '0',
      '--tokens',
      secret(SECRET_FILES.tokens),
      '--nats-credentials',
      secret(credentials),
    ],
    ...['--nats-ca', secret(SECRET_FILES.coordinatorAuthority)],
    ...['--worker-signing-key', secret(SECRET_FILES.workerSigningKey), '--credential-seconds', '60'],
    ...['--data-dir', join(folder, dataDir)],
  );
}

function startWorker(id: string): RunningCommand {
  const files = ['--join-credentials', secret(SECRET_FILES.joinCredentials)];
  return start(
    ...['worker', '--id', id, '--threads', '1', '--data-dir', join(folder, id), ...files],
    ...['--nats-ca', secret(SECRET_FILES.workerAuthority)],
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await makeSecrets({
    folder: join(folder, 'secrets'),
    hosts: ['localhost'],
    url: 'http://127.0.0.1:1',
    now: new Date(),
  });
  const files = { cert_file: SECRET_FILES.natsCertificate, key_file: SECRET_FILES.natsKey };
  const tls = Object.entries(files).map(([name, file]) => `${name}: ${JSON.stringify(secret(file))}`);
  const trust = await readFile(secret(SECRET_FILES.natsTrust), 'utf8');
  nats = await TestNatsServer.start({ config: `${trust}tls { ${tls.join(', ')} }` });
  coordinator = startCoordinator(SECRET_FILES.coordinatorCredentials, 'coordinator');
  await waitFor(() => found(coordinator, /^listening/) !== undefined, 'the coordinator to listen', MILLISECONDS);
  url = String(found(coordinator, /^listening/)?.['url']);
  token = (JSON.parse(await readFile(secret(SECRET_FILES.cliContext), 'utf8')) as { token: string }).token;
  client = createClient({ url, token });
  workers.push(startWorker('w1'), startWorker('w2'));
  await waitFor(async () => (await client.workers.list()).length === 2, 'both workers to join', MILLISECONDS);
  await importMnist(client, await openMnist());
});

afterAll(async () => {
  for (const { child } of [coordinator, ...workers]) child.kill('SIGKILL');
  await nats.close();
  await rm(folder, { recursive: true, force: true });
});

it('show a job’s lines from coordinator and workers to whoever follows it', async () => {
  // Both are to be ready before it begins.
  const job = await exampleJob('mnist-mlp', { training: { epochs: 1 }, cluster: { minWorkers: 2 } });
  const { id } = await client.jobs.submit(job);
  const following = startLockstep(['job', 'logs', '-f', id, '--json', '--url', url], { LOCKSTEP_TOKEN: token });
  const { code, stdout } = await following.ended;
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  expect(code).toBe(0);
  expect((await client.jobs.get(id)).state).toBe('SUCCEEDED');
  for (const worker of ['w1', 'w2']) {
    expect(lines).toContainEqual(expect.objectContaining({ worker, level: 'info', message: 'ready' }));
    const isRelease = (line: LogLine): boolean => line.worker === worker && line.message === 'released';
    await waitFor(async () => (await client.jobs.logs(id)).some(isRelease), `${worker} to say that it is released`);
  }
  const own = lines.filter(({ worker }) => worker === null).map(({ message }) => message);
  expect(own).toEqual(
    expect.arrayContaining(['training begins', 'worker ready', 'an epoch is done', 'training is done']),
  );
  expect(lines.map(({ number }) => number)).toEqual(lines.map(({ number }) => number).toSorted((a, b) => a - b));
  // The same lines are in the services' own logs, with what they are about.
  expect(linesOf(workers[0] as RunningCommand)).toContainEqual(
    expect.objectContaining({ level: 'info', service: 'worker', worker: 'w1', job: id, msg: 'ready' }),
  );
  expect(linesOf(coordinator)).toContainEqual(
    expect.objectContaining({ level: 'info', service: 'coordinator', job: id, step: 0, msg: 'training begins' }),
  );
});

/** Every piece of a secret file that could be one: keys, seeds, tokens, credentials. */
async function secretsOf(file: string): Promise<string[]> {
  const text = await readFile(secret(file), 'utf8');
  return text.match(/[A-Za-z0-9+/=_.-]{24,}/g) ?? [];
}

it('have no secrets, also not when something goes wrong', async () => {
  // The bus is away for a moment, credentials are asked for again, a token is wrong, and so are files and addresses.
  await nats.stop();
  await waitFor(() => found(coordinator, /connection/) !== undefined, 'the loss to be noticed', MILLISECONDS);
  await nats.restart();
  const stranger = createClient({ url, token: 'lockstep_a-token-that-nobody-has-made' });
  await expect(stranger.jobs.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const refused = await Promise.all([
    runLockstep(['worker', '--nats', 'nats://someone:open-sesame-open-sesame@127.0.0.1:1', '--log', 'json']),
    // Another role's file in place of the right one.
    startCoordinator(SECRET_FILES.natsKey, 'misled').ended,
  ]);
  expect(refused.map(({ code }) => code)).not.toContain(0);
  await waitFor(async () => (await client.workers.list()).length === 2, 'the workers to be back', MILLISECONDS);

  const isPublic: readonly string[] = [
    SECRET_FILES.natsTrust,
    SECRET_FILES.natsCertificate,
    SECRET_FILES.coordinatorAuthority,
    SECRET_FILES.workerAuthority,
  ];
  const files = Object.values(SECRET_FILES).filter((file) => !isPublic.includes(file));
  const secrets = (await Promise.all(files.map(secretsOf))).flat();
  expect(secrets.length).toBeGreaterThan(files.length);
  const written = [coordinator, ...workers].map((service) => service.stderr());
  const all = [...written, ...refused.flatMap(({ stdout, stderr }) => [stdout, stderr])].join('\n');
  expect(secrets.filter((one) => all.includes(one))).toEqual([]);
  expect(all).not.toMatch(/nobody-has-made|open-sesame/);
  // Nor what workers were given: a JWT begins like this, and so does a seed of NATS.
  expect(all).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}|\bS[UAO][A-Z2-7]{40,}/);
});

it('say in their last line why they die, and end with a code that is not 0', async () => {
  for (const service of [workers[1], coordinator] as RunningCommand[]) {
    service.child.kill('SIGUSR2');
    expect((await service.ended).code).toBe(1);
    expect(linesOf(service).at(-1)).toMatchObject({
      ...{ level: 'fatal', code: 'INTERNAL', msg: expect.stringContaining('planted') as string },
      error: { type: 'RangeError', message: 'planted', stack: expect.stringContaining('at ') as string },
    });
  }
  expect(linesOf(workers[1] as RunningCommand).at(-1)).toMatchObject({ service: 'worker', worker: 'w2' });
});
