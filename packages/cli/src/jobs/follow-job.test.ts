import { isLockstepError, type JobEvent } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createJobDisplay } from '../output/job-display.js';
import { recordOutput } from '../testing/fake-programs.js';
import { jobProgress, jobStatus } from '../testing/statuses.js';
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

  it('fails when the events end before the job does', async () => {
    await expect(follow(running)).rejects.toSatisfy((error) => isLockstepError(error, 'INTERNAL'));
  });
});
