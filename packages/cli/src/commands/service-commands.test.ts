/** The commands that talk to a service, against one that answers from a table. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendProblem, type Answers } from '../testing/fake-service.js';
import { done, page, serviceCommands, worker } from '../testing/service-commands.js';

const { folder, run, seen, sent } = serviceCommands();

describe('a command that talks to a service', () => {
  it('goes where LOCKSTEP_URL says, with LOCKSTEP_TOKEN', async () => {
    expect((await run(['job'])).code).toBe(0);
    expect(seen()).toEqual([{ call: 'GET /jobs', body: '', token: 'Bearer from-the-environment' }]);
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

  it('shuts a worker out, shows it so, and lets it in again', async () => {
    expect((await run(['worker', 'revoke', 'w1'])).err).toContain('lockstep worker admit w1');
    expect((await run(['worker', 'admit', 'w1'])).err).toBe('w1 may come in again');
    const shutOut = { ...worker, state: 'REVOKED', threads: 0, memoryBytes: 0, shares: [], jobs: [], pid: 0 };
    const { out } = await run(['worker'], { 'GET /workers': page(shutOut) });
    expect(out.split('\n')[1]).toMatch(/^w1  REVOKED +– +– +– +box +– /);
  });

  it('prints the log of a job, once or until the job ends', async () => {
    const text = '10:20:30.456 warn  coordinator worker lost  worker=w2 n=1';
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
    const file = ['--job', join(folder(), 'job.yaml'), '--set', 'training.epochs=+1', '--no-wait'];
    await run(['job', 'retry', 'j-1', ...file]);
    expect(sent()).toEqual(['POST /jobs/j-1/retry {"name":"other","training":{"epochs":3}}']);
  });

  it('retries a job with what is in the model.json that the other job file names', async () => {
    await writeFile(join(folder(), 'model.json'), '{"modelTopology":{"class_name":"Sequential"}}');
    await writeFile(join(folder(), 'keras.yaml'), 'name: keras\nmodel: { file: model.json }\n');
    await run(['job', 'retry', 'j-1', '--job', join(folder(), 'keras.yaml'), '--no-wait']);
    const file = { modelTopology: { class_name: 'Sequential' } };
    expect(sent()).toEqual([`POST /jobs/j-1/retry ${JSON.stringify({ name: 'keras', model: { file } })}`]);
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
      args.map((arg) => (arg === 'FILE' ? join(folder(), 'job.yaml') : arg)),
      answers,
    );
    expect([ended.code, ended.err]).toEqual([code, ended.err]);
  });
});
