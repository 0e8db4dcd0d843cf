/** What the services of a cluster with credentials write: lines of JSON, with what they are about and without secrets. */
import { readFile } from 'node:fs/promises';
import { SECRET_FILES } from '@lockstep/cli';
import { createClient } from '@lockstep/client';
import type { LogLine } from '@lockstep/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runLockstep, startLockstep } from '../support/command.js';
import { exampleJob } from '../support/jobs.js';
import { SecuredCluster } from '../support/secured-cluster.js';
import { waitFor } from '../support/wait-for.js';

const MILLISECONDS = 60_000;
/** Throws where nobody catches it when the process is told to. */
const PLANTED = `process.on('SIGUSR2', () => { throw new RangeError('planted'); })`;
const SERVICES = ['coordinator', 'worker-w1', 'worker-w2'];

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

let cluster: SecuredCluster;

/** TensorFlow says this whatever its settings are; nothing else may be no JSON. */
const OF_TENSORFLOW = /absl::InitializeLog|oneDNN custom operations/;
const linesOf = (service: string): Line[] =>
  cluster
    .log(service)
    .split('\n')
    // The last one may be on its way.
    .slice(0, -1)
    .filter((line) => !OF_TENSORFLOW.test(line))
    .map((line) => JSON.parse(line) as Line);

beforeAll(async () => {
  const variables = {
    ...{ LOCKSTEP_LOG: 'json', LOCKSTEP_LOG_LEVEL: 'debug' },
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PLANTED)}`,
  };
  cluster = await SecuredCluster.start(['w1', 'w2'], { credentialSeconds: 60, variables });
});

afterAll(() => cluster.close());

it('show a job’s lines from coordinator and workers to whoever follows it', async () => {
  // Both are to be ready before it begins.
  const job = await exampleJob('mnist-mlp', { training: { epochs: 1 }, cluster: { minWorkers: 2 } });
  const { client, url, token } = cluster;
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
  expect(linesOf('worker-w1')).toContainEqual(
    expect.objectContaining({ level: 'info', service: 'worker', worker: 'w1', job: id, msg: 'ready' }),
  );
  expect(linesOf('coordinator')).toContainEqual(
    expect.objectContaining({ level: 'info', service: 'coordinator', job: id, step: 0, msg: 'training begins' }),
  );
});

/** Every piece of a secret file that could be one: keys, seeds, tokens, credentials. */
async function secretsOf(file: keyof typeof SECRET_FILES): Promise<string[]> {
  const text = await readFile(cluster.secret(file), 'utf8');
  return text.match(/[A-Za-z0-9+/=_.-]{24,}/g) ?? [];
}

it('have no secrets, also not when something goes wrong', async () => {
  // The bus is away for a moment, credentials are asked for again, a token is wrong, and so are files and addresses.
  await cluster.nats.stop();
  const isNoticed = (): boolean => linesOf('coordinator').some(({ msg }) => msg.includes('connection'));
  await waitFor(isNoticed, 'the loss to be noticed', MILLISECONDS);
  await cluster.nats.restart();
  const stranger = createClient({ url: cluster.url, token: 'lockstep_a-token-that-nobody-has-made' });
  await expect(stranger.jobs.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const refused = await Promise.all([
    runLockstep(['worker', '--nats', 'nats://someone:open-sesame-open-sesame@127.0.0.1:1', '--log', 'json']),
    // Another role's file in place of the right one.
    runLockstep([
      ...[
        'coordinator',
        '--port',
        '0',
        '--nats',
        cluster.nats.url,
        '--nats-ca',
        cluster.secret('coordinatorAuthority'),
      ],
      ...['--nats-credentials', cluster.secret('natsKey'), '--tokens', cluster.secret('tokens'), '--log', 'json'],
    ]),
  ]);
  expect(refused.map(({ code }) => code)).not.toContain(0);
  await cluster.untilWorkers(({ size }) => size === 2, 'the workers to be back');

  const isPublic: readonly string[] = ['natsTrust', 'natsCertificate', 'coordinatorAuthority', 'workerAuthority'];
  const files = (Object.keys(SECRET_FILES) as (keyof typeof SECRET_FILES)[]).filter((file) => !isPublic.includes(file));
  const secrets = (await Promise.all(files.map(secretsOf))).flat();
  expect(secrets.length).toBeGreaterThan(files.length);
  const written = SERVICES.map((service) => cluster.log(service));
  const all = [...written, ...refused.flatMap(({ stdout, stderr }) => [stdout, stderr])].join('\n');
  expect(secrets.filter((one) => all.includes(one))).toEqual([]);
  expect(all).not.toMatch(/nobody-has-made|open-sesame/);
  // Nor what workers were given: a JWT begins like this, and so does a seed of NATS.
  expect(all).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}|\bS[UAO][A-Z2-7]{40,}/);
});

it('say in their last line why they die, and end with a code that is not 0', async () => {
  for (const service of ['worker-w2', 'coordinator']) {
    expect(await cluster.kill(service, 'SIGUSR2')).toBe(1);
    expect(linesOf(service).at(-1)).toMatchObject({
      ...{ level: 'fatal', code: 'INTERNAL', msg: expect.stringContaining('planted') as string },
      error: { type: 'RangeError', message: 'planted', stack: expect.stringContaining('at ') as string },
    });
  }
  expect(linesOf('worker-w2').at(-1)).toMatchObject({ service: 'worker', worker: 'w2' });
});
