import { describe, expect, it } from 'vitest';
import { recordOutput } from '../testing/fake-programs.js';
import { epochMetrics, jobProgress, jobStatus } from '../testing/statuses.js';
import { createJobDisplay } from './job-display.js';

describe('the display of a job', () => {
  it('draws one line over itself on a terminal, not more often than ten times a second', () => {
    const output = recordOutput({ columns: 120 });
    let now = 0;
    const display = createJobDisplay(output, () => now);
    display.show({ type: 'state', status: jobStatus('RUNNING') });
    for (now = 10; now <= 200; now += 10) display.show({ type: 'progress', progress: jobProgress({ step: now / 10 }) });
    expect(output.drawn).toHaveLength(3);
    for (const text of output.drawn) expect(text).toMatch(/^\r\x1b\[2K▶ mnist-cnn[^\n]*$/);
    expect(output.said).toEqual([]);
  });

  it('makes room for messages and takes its line away at the end', () => {
    const output = recordOutput({ columns: 120 });
    const display = createJobDisplay(output, () => 0);
    display.say('before');
    display.show({ type: 'state', status: jobStatus('RUNNING') });
    display.say('a worker died');
    display.end();
    expect(output.said).toEqual(['before', 'a worker died']);
    expect(output.drawn.map((text) => text.replace('\r\x1b[2K', '').slice(0, 1))).toEqual(['▶', '', '▶', '']);
  });

  it('writes a line an epoch and a line a reason to wait where there is no terminal', () => {
    const output = recordOutput();
    const display = createJobDisplay(output);
    const waiting = jobStatus('QUEUED', { reason: 'no worker has joined' });
    display.show({ type: 'state', status: waiting });
    display.show({ type: 'state', status: waiting });
    display.show({ type: 'state', status: jobStatus('RUNNING') });
    display.show({ type: 'progress', progress: jobProgress({ step: 3 }) });
    display.show({ type: 'epoch', epoch: epochMetrics(1) });
    display.end();
    expect(output.drawn).toEqual([]);
    expect(output.said.map((line) => line.slice(0, 12))).toEqual(['mnist-cnn is', 'epoch 1/5 · ']);
  });

  it('says each time that a job has lost all workers, and goes on with it when they are back', () => {
    const output = recordOutput();
    const display = createJobDisplay(output);
    const waiting = jobStatus('STARTING', { reason: 'waits for ready workers: 0 of 1 (cluster.minWorkers)' });
    for (const number of [1, 2]) {
      display.show({ type: 'state', status: jobStatus('RUNNING') });
      display.show({ type: 'state', status: waiting });
      display.show({ type: 'state', status: jobStatus('RUNNING') });
      display.show({ type: 'epoch', epoch: epochMetrics(number) });
    }
    const starts = output.said.map((line) => line.slice(0, 27));
    expect(starts).toHaveLength(4);
    expect(starts.filter((line) => line === 'mnist-cnn is starting: wait')).toHaveLength(2);
  });
});
