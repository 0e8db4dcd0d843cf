import { isLockstepError, type JobEvent } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createJobDisplay } from '../output/job-display.js';
import { recordOutput } from '../testing/fake-programs.js';
import { NOTHING_WRITTEN, pointsOf } from '../tensorboard/job-scalars.js';
import { epochMetrics, jobProgress, jobStatus } from '../testing/statuses.js';
import { followJob } from './follow-job.js';

const running: JobEvent = { type: 'state', status: jobStatus('RUNNING') };
const step = (number: number): JobEvent => ({ type: 'progress', progress: jobProgress({ step: number }) });
const succeeded: JobEvent = { type: 'state', status: jobStatus('SUCCEEDED', { progress: jobProgress({ step: 100 }) }) };

async function follow(...events: JobEvent[]): Promise<{ state: string; killedAt: number[] }> {
  async function* stream(): AsyncGenerator<JobEvent> {
    for (const event of events) yield await Promise.resolve(event);
  }
  const killedAt: number[] = [];
  const status = await followJob(stream(), {
    display: createJobDisplay(recordOutput()),
    atHalf: ({ progress }) => void killedAt.push(progress.step),
  });
  return { state: status.state, killedAt };
}

describe('following a job', () => {
  it('returns the final status', async () => {
    expect(await follow(running, step(10), succeeded)).toEqual({ state: 'SUCCEEDED', killedAt: [] });
  });

  it('acts once, at the first news from the second half', async () => {
    expect((await follow(running, step(49), step(50), step(51), running, succeeded)).killedAt).toEqual([50]);
  });

  it('shows the epochs behind the final state, and draws them where they were in time', async () => {
    const startedAt = '2026-01-01T00:00:10.000Z';
    const history = [1, 2].map(epochMetrics);
    const status = jobStatus('SUCCEEDED', { startedAt, history });
    async function* stream(): AsyncGenerator<JobEvent> {
      yield { type: 'state', status };
      for (const epoch of history) yield await Promise.resolve({ type: 'epoch', epoch });
    }
    const output = recordOutput();
    const times: (number | undefined)[] = [];
    let written = NOTHING_WRITTEN;
    const show = (event: JobEvent): void => {
      const next = pointsOf(event, written);
      written = next.written;
      times.push(...next.points.map(({ wallSeconds }) => wallSeconds));
    };
    await followJob(stream(), { display: createJobDisplay(output), curves: { show } });
    expect(output.said.map((line) => line.slice(0, 9))).toEqual(['epoch 1/5', 'epoch 2/5']);
    const start = Date.parse(startedAt) / 1000;
    expect(times).toEqual([1, 1, 1, 1, 2, 2, 2, 2].map((seconds) => start + seconds));
  });

  it('fails when the events end before the job does', async () => {
    await expect(follow(running)).rejects.toSatisfy((error) => isLockstepError(error, 'INTERNAL'));
  });
});
