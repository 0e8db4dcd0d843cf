import { encodeFrame, type LogsFrame } from '@lockstep/proto';
import { openLog } from '@lockstep/service';
import type { Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JOB_LOG_BOUNDS, JobLogSender } from './job-log-sender.js';

let sent: LogsFrame[];
let sender: JobLogSender;
let log: Logger;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  sent = [];
  sender = new JobLogSender('w1');
  log = openLog({ service: 'worker', worker: 'w1', format: 'silent', level: 'info' }, sender);
  sender.connect((frame) => {
    // What cannot be encoded would be thrown.
    encodeFrame(frame);
    sent.push(frame);
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const messages = (): string[] => sent.flatMap(({ lines }) => lines.map(({ message }) => message));

describe('the lines of jobs that a worker sends', () => {
  it('are those of a job, collected for a moment, with what they are about', () => {
    log.info('of no job');
    log.child({ job: 'j-1' }).warn({ step: 4 }, 'late');
    log.child({ job: 'j-2' }).info('ready');
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(500);
    expect(sent).toEqual([
      {
        ...{ type: 'logs', worker: 'w1', job: 'j-1', dropped: 0 },
        lines: [{ milliseconds: expect.any(Number) as number, level: 'warn', message: 'late', details: '{"step":4}' }],
      },
      expect.objectContaining({ job: 'j-2' }),
    ]);
    expect(Math.abs(Date.now() - (sent[0]?.lines[0]?.milliseconds ?? 0))).toBeLessThan(60_000);
  });

  it('go at once when one is an error, so that they are there before what is said of it', () => {
    log.child({ job: 'j' }).info('before');
    log.child({ job: 'j' }).error({ error: new RangeError('no\nmemory') }, 'failed\nbadly');
    expect(messages()).toEqual(['before', 'failed badly']);
    expect(JSON.parse(sent[0]?.lines[1]?.details ?? '')).toMatchObject({
      error: { type: 'RangeError', message: 'no\nmemory' },
    });
  });

  it('are bounded in their number and rate, and the rest is counted', () => {
    const job = log.child({ job: 'j' });
    for (let line = 0; line < JOB_LOG_BOUNDS.burst + 7; line++) job.info(String(line));
    sender.flush();
    expect(messages()).toHaveLength(JOB_LOG_BOUNDS.burst);
    expect(sent.map(({ dropped }) => dropped)).toEqual([7, 0]);
    vi.advanceTimersByTime(1000);
    sent.length = 0;
    for (let line = 0; line < 100; line++) job.info('more');
    sender.flush();
    expect(messages()).toHaveLength(JOB_LOG_BOUNDS.perSecond);
    expect(sent[0]?.dropped).toBe(100 - JOB_LOG_BOUNDS.perSecond);
  });

  it('are bounded in their size, each and all in a frame', () => {
    const job = log.child({ job: 'j' });
    for (let line = 0; line < 40; line++) job.info({ filling: 'ä'.repeat(2000) }, '€'.repeat(10_000));
    job.info({ filling: 'x'.repeat(10_000) }, 'short');
    sender.flush();
    expect(messages()).toHaveLength(41);
    expect(messages()[0]?.length).toBeLessThanOrEqual(JOB_LOG_BOUNDS.message);
    expect(sent.at(-1)?.lines.at(-1)).toMatchObject({ message: 'short', details: '{}' });
  });

  it('wait until there is a connection, and are lost with one that breaks', () => {
    sender = new JobLogSender('w1');
    log = openLog({ service: 'worker', worker: 'w1', format: 'silent', level: 'info' }, sender);
    log.child({ job: 'j' }).error('early');
    sender.connect((frame) => {
      sent.push(frame);
      throw new RangeError('closed');
    });
    sender.flush();
    expect(messages()).toEqual(['early']);
    sender.flush();
    expect(messages()).toEqual(['early']);
  });
});
