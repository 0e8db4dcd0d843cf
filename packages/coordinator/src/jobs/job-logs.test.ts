import { openLog } from '@lockstep/service';
import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import { JOB_LOG_LIMITS, JobLogs } from './job-logs.js';

function openJobLog(logs: JobLogs): Logger {
  return openLog({ service: 'coordinator', format: 'silent', level: 'warn' }, logs);
}

describe("a job's log lines", () => {
  it('are kept apart from other lines, whatever the level of the log is', () => {
    const logs = new JobLogs();
    const log = openJobLog(logs);
    log.info('not of a job');
    log.child({ job: 'j-1' }).warn({ worker: 'w1' }, 'a worker was lost');
    log.child({ job: 'j-2' }).info('the other');
    expect(logs.of('j-1')).toMatchObject([{ level: 'warn', message: 'a worker was lost', details: { worker: 'w1' } }]);
    expect(logs.of('j-2')).toMatchObject([{ level: 'info', message: 'the other', details: {} }]);
    expect(logs.of('j-3')).toEqual([]);
  });

  it('are bounded for each job, and so are the jobs', () => {
    const logs = new JobLogs();
    const log = openJobLog(logs);
    const first = log.child({ job: 'j-0' });
    for (let line = 0; line < JOB_LOG_LIMITS.lines + 10; line++) first.info(`line ${String(line)}`);
    expect(logs.of('j-0')).toHaveLength(JOB_LOG_LIMITS.lines);
    expect(logs.of('j-0')[0]?.message).toBe('line 10');
    for (let job = 1; job <= JOB_LOG_LIMITS.jobs; job++) log.child({ job: `j-${String(job)}` }).info('one');
    expect(logs.of('j-0')).toEqual([]);
    expect(logs.of('j-1')).toHaveLength(1);
  });

  it('are cut when they are long', () => {
    const logs = new JobLogs();
    openJobLog(logs)
      .child({ job: 'j-1' })
      .info({ long: 'x'.repeat(10_000) }, 'y'.repeat(10_000));
    expect(logs.of('j-1')).toMatchObject([{ message: 'y'.repeat(JOB_LOG_LIMITS.characters), details: {} }]);
  });

  it('of a worker stand beside the others, with the worker that wrote them', () => {
    const logs = new JobLogs();
    openJobLog(logs).child({ job: 'j-1' }).info({ worker: 'w1' }, 'worker ready');
    logs.take({
      ...{ type: 'logs', worker: 'w1', job: 'j-1', dropped: 3 },
      lines: [
        { milliseconds: 0, level: 'fatal', message: 'failed', details: '{"step":4,"__proto__":{"x":1}}' },
        { milliseconds: Number.MAX_SAFE_INTEGER, level: 'later', message: 'odd', details: '[1' },
      ],
    });
    expect(logs.of('j-1')).toMatchObject([
      { number: 1, worker: null, message: 'worker ready' },
      { number: 2, worker: 'w1', level: 'warn', message: expect.stringMatching(/^3 lines/) as string },
      { number: 3, worker: 'w1', level: 'error', time: '1970-01-01T00:00:00.000Z', details: { step: 4 } },
      { number: 4, worker: 'w1', level: 'error', message: 'odd', details: {} },
    ]);
    expect(logs.of('j-1', 3).map(({ number }) => number)).toEqual([4]);
  });

  it('of a worker that never stops do not drive out what the others say', () => {
    const logs = new JobLogs();
    const lines = (worker: string, count: number): void => {
      const line = { milliseconds: 0, level: 'info', message: 'm', details: '{}' };
      logs.take({ type: 'logs', worker, job: 'j', dropped: 0, lines: Array.from({ length: count }, () => line) });
    };
    lines('quiet', 5);
    lines('loud', JOB_LOG_LIMITS.lines * 2);
    const kept = logs.of('j');
    expect(kept).toHaveLength(JOB_LOG_LIMITS.lines);
    expect(kept.filter(({ worker }) => worker === 'quiet')).toHaveLength(5);
    expect(kept.at(-1)?.number).toBe(JOB_LOG_LIMITS.lines * 2 + 5);
  });

  it('are bounded in characters as well, of whoever has written most of them', () => {
    const logs = new JobLogs();
    const { jobCharacters, characters } = JOB_LOG_LIMITS;
    const details = JSON.stringify({ long: 'd'.repeat(characters - 100) });
    const say = (worker: string, message: string, text: string): void => {
      const line = { milliseconds: 0, level: 'info', message, details: text };
      logs.take({ type: 'logs', worker, job: 'j', dropped: 0, lines: [line] });
    };
    for (let line = 0; line < 20; line++) say('quiet', `line ${String(line)}`, '{}');
    for (let line = 0; line < 900; line++) say('long', 'm'.repeat(characters + 96), details);
    const kept = logs.of('j');
    expect(kept.filter(({ worker }) => worker === 'quiet')).toHaveLength(20);
    const size = kept.reduce((sum, line) => sum + line.message.length + JSON.stringify(line.details).length, 0);
    expect(size).toBeLessThanOrEqual(jobCharacters);
    expect(size).toBeGreaterThan(jobCharacters * 0.9);
    expect(kept.at(-1)?.message).toBe('m'.repeat(characters));
  });

  it('say nothing more than their message when what else a worker says in one is too long', () => {
    const logs = new JobLogs();
    const details = JSON.stringify({ long: 'd'.repeat(JOB_LOG_LIMITS.characters) });
    const lines = [{ milliseconds: 0, level: 'info', message: 'm', details }];
    logs.take({ type: 'logs', worker: 'w1', job: 'j', dropped: 0, lines });
    expect(logs.of('j')).toMatchObject([{ message: 'm', details: {} }]);
  });

  it('of many workers make room for those of the newest', () => {
    const logs = new JobLogs();
    const say = (worker: string, count: number): void => {
      const line = { milliseconds: 0, level: 'info', message: 'm', details: '{}' };
      logs.take({ type: 'logs', worker, job: 'j', dropped: 0, lines: Array.from({ length: count }, () => line) });
    };
    for (let worker = 0; worker < JOB_LOG_LIMITS.lines + 50; worker++) say(`w${String(worker)}`, 1);
    const workers = new Set(logs.of('j').map(({ worker }) => worker));
    expect(workers.size).toBe(JOB_LOG_LIMITS.lines);
    expect(workers.has('w49')).toBe(false);
    expect(workers.has('w50')).toBe(true);
  });
});
