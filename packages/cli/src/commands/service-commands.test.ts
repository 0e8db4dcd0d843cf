/** The commands that talk to a service, against one that answers from a table. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeCommands, runCli } from '../cli.js';
import type { CommandDescription } from '../command-tree.js';
import { bareEnvironment, recordOutput } from '../testing/fake-programs.js';
import { eventStream, sendProblem, startFakeService, type Answers, type FakeService } from '../testing/fake-service.js';
import { epochMetrics, jobStatus } from '../testing/statuses.js';

let folder: string;
let service: FakeService | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await writeFile(join(folder, 'job.yaml'), 'name: other\ntraining: { epochs: 2 }\n');
});
afterEach(async () => {
  await service?.close();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const sha = 'a'.repeat(64);
const spec = { name: 'mnist-cnn', training: { epochs: 5, seed: 7 } };
const done = {
  ...jobStatus('SUCCEEDED', { id: 'j-1', weightsSha256: sha, history: [epochMetrics(1)] }),
  test: { samples: 20, loss: 0.1, accuracy: 0.9 },
};
const again = { ...done, id: 'j-2' };
const page = (...items: readonly unknown[]): unknown => ({ items, nextCursor: null });
const line = {
  number: 3,
  time: '2026-01-01T10:20:30.456Z',
  level: 'warn',
  message: 'worker lost',
  details: { worker: 'w2', n: 1 },
};
const worker = {
  id: 'w1',
  state: 'WORKING',
  threads: 2,
  host: 'box',
  pid: 7,
  jobs: ['j-1'],
  cpuClass: 'avx2',
  memoryBytes: 2 ** 31,
  shares: [{ job: 'j-1', memoryBytes: 2 ** 29, threads: 2 }],
};
const layer = { name: 'dense', type: 'dense', inputShape: [2], outputShape: [1], parameters: 3 };
const plan = { name: 'other', parameters: 3, layers: [layer], samples: { train: 5 }, steps: 2 };

const ANSWERS: Answers = {
  'GET /jobs': page(done),
  'GET /jobs/j-1': { ...done, spec },
  'GET /jobs/j-2': { ...again, spec },
  'POST /jobs': again,
  'POST /jobs/j-1/retry': again,
  'POST /jobs/j-1/cancel': jobStatus('CANCELLING'),
  'POST /jobs/j-1/pause': jobStatus('PAUSED'),
  'POST /jobs/j-1/resume': jobStatus('QUEUED'),
  'DELETE /jobs/j-1': {},
  'DELETE /jobs/j-2': {},
  'DELETE /models/mnist-cnn/versions/2': {},
  'GET /jobs/j-2/events': eventStream({ type: 'state', status: again } as { type: string }),
  'GET /jobs/j-1/logs': page(line),
  'GET /workers': page(worker),
  'POST /workers/w1/drain': { ...worker, state: 'DRAINING' },
};

function conflict(response: Parameters<typeof sendProblem>[0]): void {
  sendProblem(response, 409, 'CONFLICT', 'an alias names it');
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], answers: Answers = {}): Promise<Ended> {
  service = await startFakeService({ ...ANSWERS, ...answers });
  const output = recordOutput();
  const environment = bareEnvironment({ url: service.url, token: 'from-the-environment', configFolder: folder });
  const code = await runCli(args, output, environment);
  return { code, out: output.results.join('\n'), err: output.said.join('\n') };
}

function sent(): string[] {
  return (service?.seen ?? []).map(({ call, body }) => `${call} ${body}`.trim());
}

describe('a command that talks to a service', () => {
  it('goes where LOCKSTEP_URL says, with LOCKSTEP_TOKEN', async () => {
    expect((await run(['job'])).code).toBe(0);
    expect(service?.seen).toEqual([{ call: 'GET /jobs', body: '', token: 'Bearer from-the-environment' }]);
  });

  it('lists jobs with their metrics, and workers with what they do', async () => {
    expect((await run(['job'])).out.split('\n')).toEqual([
      'id   name       state      progress  loss  accuracy  validation   test  time  weights',
      'j-1  mnist-cnn  SUCCEEDED     100 %     –         –           –  0.900  0:13  aaaaaaaaaaaa',
    ]);
    expect((await run(['worker'])).out.split('\n')).toEqual([
      'id  state    threads              memory  jobs  host  pid  processor',
      'w1  WORKING        2  0.5 GiB of 2.0 GiB  j-1   box   7    avx2',
    ]);
  });

  it.each([
    ['cancel', 'cancelling'],
    ['pause', 'paused'],
    ['resume', 'queued'],
  ])('%ss a job and says what it is now', async (action, state) => {
    expect((await run(['job', action, 'j-1'])).err).toBe(`mnist-cnn (j-1) is ${state}`);
  });

  it('forgets a job, and takes a worker out', async () => {
    expect(await run(['job', 'delete', 'j-1'])).toMatchObject({ code: 0, out: '', err: 'job j-1 is forgotten' });
    expect((await run(['worker', 'drain', 'w1'])).err).toContain('w1 finishes what it computes and leaves');
  });

  it('prints the log of a job, once or until the job ends', async () => {
    const text = '10:20:30.456 warn  worker lost  worker=w2 n=1';
    expect((await run(['job', 'logs', 'j-1'])).out).toBe(text);
    expect(await run(['job', 'logs', '-f', 'j-1'])).toMatchObject({ code: 0, out: text });
    expect((await run(['job', 'logs', 'j-1'], { 'GET /jobs/j-1/logs': page() })).err).toContain('noted nothing');
  });

  it('retries a job as it was, changed, or with another file, and follows it', async () => {
    const { code, out } = await run(['job', 'retry', 'j-1']);
    expect(code).toBe(0);
    expect(out).toContain('mnist-cnn · job j-2 · SUCCEEDED');
    expect(sent()).toEqual(['POST /jobs/j-1/retry', 'GET /jobs/j-2/events']);
    expect((await run(['job', 'retry', 'j-1', '--set', 'training.epochs=+5', '--no-wait'])).out).toBe('j-2');
    expect(sent().at(-1)).toBe('POST /jobs/j-1/retry {"name":"mnist-cnn","training":{"epochs":10,"seed":7}}');
    const file = ['--job', join(folder, 'job.yaml'), '--set', 'training.epochs=+1', '--no-wait'];
    await run(['job', 'retry', 'j-1', ...file]);
    expect(sent()).toEqual(['POST /jobs/j-1/retry {"name":"other","training":{"epochs":3}}']);
  });

  it('retries a job with what is in the model.json that the other job file names', async () => {
    await writeFile(join(folder, 'model.json'), '{"modelTopology":{"class_name":"Sequential"}}');
    await writeFile(join(folder, 'keras.yaml'), 'name: keras\nmodel: { file: model.json }\n');
    await run(['job', 'retry', 'j-1', '--job', join(folder, 'keras.yaml'), '--no-wait']);
    const file = { modelTopology: { class_name: 'Sequential' } };
    expect(sent()).toEqual([`POST /jobs/j-1/retry ${JSON.stringify({ name: 'keras', model: { file } })}`]);
  });

  it('deletes what a verification has made when it came to the same weights, unless it is to be kept', async () => {
    const model = { name: 'mnist-cnn', version: 2 };
    const end = (changes: object = {}): Answers => ({
      'GET /jobs/j-2/events': eventStream({ type: 'state', status: { ...again, model, ...changes } } as {
        type: string;
      }),
    });
    const deleted = ['DELETE /models/mnist-cnn/versions/2', 'DELETE /jobs/j-2'];
    expect((await run(['verify', 'j-1'], end())).err).toContain('job j-2 and its model mnist-cnn/2 are deleted again');
    expect(sent().slice(-2)).toEqual(deleted);
    expect((await run(['verify', 'j-1', '--keep'], end())).err).toContain('are kept');
    expect(sent().filter((call) => call.startsWith('DELETE'))).toEqual([]);
    await run(['verify', 'j-1'], end({ weightsSha256: 'b'.repeat(64) }));
    expect(sent().filter((call) => call.startsWith('DELETE'))).toEqual([]);
    const named = { 'DELETE /models/mnist-cnn/versions/2': conflict };
    expect(await run(['verify', 'j-1'], { ...end(), ...named })).toMatchObject({
      code: 0,
      err: expect.stringContaining('are kept') as string,
    });
  });

  it('verifies a job: 0 for the same weights, 1 for others, and nothing is run for a job without', async () => {
    expect(await run(['verify', 'j-1'])).toMatchObject({ code: 0, out: `j-1  ${sha}\nj-2  ${sha}` });
    const end = (changes: object): Answers => ({
      'GET /jobs/j-2/events': eventStream({ type: 'state', status: { ...again, ...changes } } as { type: string }),
    });
    const other = await run(['verify', 'j-1', '--json'], end({ weightsSha256: 'b'.repeat(64) }));
    expect(other.code).toBe(1);
    expect(JSON.parse(other.out)).toMatchObject({ job: 'j-1', again: 'j-2', same: false });
    expect(await run(['verify', 'j-1'], end({ state: 'FAILED', weightsSha256: null }))).toMatchObject({ code: 1 });
    const running = await run(['verify', 'j-1'], {
      'GET /jobs/j-1': { ...done, state: 'RUNNING', weightsSha256: null },
    });
    expect(running.code).toBe(1);
    expect(running.err).toContain('has no weights to compare with');
    expect(sent()).toEqual(['GET /jobs/j-1']);
  });
});

describe('train --continue', () => {
  const answers: Answers = {
    'GET /models/m/versions/latest': { name: 'm', version: 3, spec: { ...spec, continueFrom: 'm/2' } },
    'GET /models/m/versions/champion': { name: 'm', version: 2, spec: null },
  };
  const tail = ['--set', 'training.epochs=+5', '--no-wait'];

  it('goes on with the newest version of a model, by its own job file or another', async () => {
    expect((await run(['train', '--continue', 'm', ...tail], answers)).code).toBe(0);
    const changed = { ...spec, training: { epochs: 10, seed: 7 }, continueFrom: 'm/3' };
    expect(sent().at(-1)).toBe(`POST /jobs ${JSON.stringify(changed)}`);
    await run(['train', join(folder, 'job.yaml'), '--continue', 'm/champion', ...tail], answers);
    const other = { name: 'other', training: { epochs: 7 }, continueFrom: 'm/2' };
    expect(sent().at(-1)).toBe(`POST /jobs ${JSON.stringify(other)}`);
  });

  it.each([
    [['train'], 'neither a job file nor a model'],
    [['train', '--continue', 'm/champion'], 'made by no job'],
    [['train', '--continue', 'm/9'], 'no such thing'],
    [['train', '--continue', 'a/b/c'], 'names no model'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run(args, answers);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(sent().some((call) => call.startsWith('POST'))).toBe(false);
  });
});

describe('the exit code', () => {
  const state = (name: string): Answers => ({ 'GET /jobs/j-1': { ...done, state: name, failure: null } });
  const problem = (status: number, code: string): Answers => ({
    'POST /jobs': (response: Parameters<typeof sendProblem>[0]) => {
      sendProblem(response, status, code, 'no');
    },
  });
  it.each([
    [0, ['job', 'watch', 'j-1'], {}],
    [1, ['job', 'watch', 'j-1'], state('FAILED')],
    [130, ['job', 'watch', 'j-1'], state('CANCELLED')],
    [2, ['job', 'get', 'j-9'], {}],
    [2, ['job', 'get'], {}],
    [4, ['train', 'FILE'], problem(422, 'INVALID_SPEC')],
    [1, ['train', 'FILE'], problem(409, 'CONFLICT')],
    [3, ['train', 'FILE'], problem(503, 'UNREACHABLE')],
    [3, ['job', '--url', 'http://127.0.0.1:1'], {}],
  ] as const)('is %i for %j', async (code, args, answers) => {
    const ended = await run(
      args.map((arg) => (arg === 'FILE' ? join(folder, 'job.yaml') : arg)),
      answers,
    );
    expect([ended.code, ended.err]).toEqual([code, ended.err]);
  });
});

const leaves = describeCommands().commands.flatMap((command): readonly CommandDescription[] =>
  command.commands.length === 0 ? [command] : command.commands,
);

describe('the help', () => {
  it.each(leaves.map(({ path }) => path))('has an example of %s', async (path) => {
    const { out } = await run([...path.split(' ').slice(1), '--help']);
    // A noun alone lists.
    const call = path.replace(/ list$/, '( list)?');
    expect(out.split(/\nExamples?:\n/)[1]).toMatch(new RegExp(`^ {2}\\$ (.* )?${call}\\b`, 'm'));
  });
});

describe('--json', () => {
  /** The two services log JSON lines instead. */
  const services = ['lockstep coordinator', 'lockstep worker'];

  it.each(leaves.filter(({ path }) => !services.includes(path)).map((command) => [command.path, command] as const))(
    'is an option of %s, whose help is about it',
    async (path, { options, summary }) => {
      expect(options.map(({ name }) => name)).toContain('--json');
      expect(summary.length).toBeGreaterThan(10);
      const { code, out } = await run([...path.split(' ').slice(1), '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^Usage: ${path} `));
    },
  );

  it.each([
    ['job', 'list'],
    ['job', 'get', 'j-1'],
    ['job', 'watch', 'j-1'],
    ['job', 'logs', 'j-1'],
    ['job', 'compare', 'j-1', 'j-2'],
    ['job', 'cancel', 'j-1'],
    ['job', 'pause', 'j-1'],
    ['job', 'resume', 'j-1'],
    ['job', 'retry', 'j-1'],
    ['job', 'retry', 'j-1', '--no-wait'],
    ['job', 'delete', 'j-1'],
    ['train', 'FILE'],
    ['train', 'FILE', '--no-wait'],
    ['train', 'FILE', '--dry-run'],
    ['verify', 'j-1'],
    ['worker', 'list'],
    ['worker', 'drain', 'w1'],
    ['context', 'list'],
    ['completion', 'bash'],
    ['init', 'FOLDER/new.yaml'],
  ])('makes %s %s print one JSON value on stdout, without colours', async (...words) => {
    const place = (word: string): string => word.replace('FOLDER', folder).replace('FILE', join(folder, 'job.yaml'));
    const answers = words.includes('--dry-run') ? { 'POST /jobs': plan } : {};
    const { code, out, err } = await run([...words.map(place), '--json'], answers);
    expect([code, err]).toEqual([0, err]);
    expect(() => JSON.parse(out) as unknown).not.toThrow();
    expect(out + err).not.toContain('\x1b[');
  });
});
