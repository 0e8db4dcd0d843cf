import { describe, expect, it } from 'vitest';
import { eventStream, sendProblem, type Answers } from '../testing/fake-service.js';
import { again, done, serviceCommands, sha } from '../testing/service-commands.js';

const { run, sent } = serviceCommands();

function conflict(response: Parameters<typeof sendProblem>[0]): void {
  sendProblem(response, 409, 'CONFLICT', 'an alias names it');
}

function broken(response: Parameters<typeof sendProblem>[0]): void {
  sendProblem(response, 500, 'INTERNAL', 'out of order');
}

describe('a verification', () => {
  it('deletes what a verification has made when it came to the same weights, unless it is to be kept', async () => {
    const model = { name: 'mnist-cnn', version: 2 };
    const end = (changes: object = {}): Answers => ({
      'GET /jobs/j-2/events': eventStream({ type: 'state', status: { ...again, model, ...changes } } as {
        type: string;
      }),
    });
    const deleted = ['DELETE /models/mnist-cnn/versions/2', 'DELETE /jobs/j-2'];
    expect((await run(['verify', 'j-1'], end())).err).toContain('job j-2 and model mnist-cnn/2 are deleted again');
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

  it.each<[string, Answers, string, object]>([
    [
      'the model has got a name meanwhile',
      { 'DELETE /models/mnist-cnn/versions/2': conflict },
      'job j-2 and model mnist-cnn/2 are kept\n  an alias names it',
      { job: true, model: true },
    ],
    [
      'the job cannot be deleted',
      { 'DELETE /jobs/j-2': conflict },
      'job j-2 is kept\n  model mnist-cnn/2 is deleted again\n  an alias names it',
      { job: true, model: false },
    ],
    [
      'the service fails',
      { 'DELETE /jobs/j-2': broken },
      'whether the service still has job j-2 is not known\n  model mnist-cnn/2 is deleted again\n  out of order',
      { job: null, model: false },
    ],
    [
      'somebody else has deleted the model',
      { 'DELETE /models/mnist-cnn/versions/2': undefined },
      'job j-2 and model mnist-cnn/2 are deleted again',
      { job: false, model: false },
    ],
  ])('keeps its result, and says what is left, where %s', async (_, answers, text, kept) => {
    const status = { ...again, model: { name: 'mnist-cnn', version: 2 } };
    const events = { 'GET /jobs/j-2/events': eventStream({ type: 'state', status } as { type: string }) };
    const { code, err } = await run(['verify', 'j-1'], { ...events, ...answers });
    expect([code, err]).toEqual([0, expect.stringMatching(new RegExp(`${text}$`))]);
    const { out } = await run(['verify', 'j-1', '--json'], { ...events, ...answers });
    expect(JSON.parse(out)).toMatchObject({ same: true, kept });
  });
});
