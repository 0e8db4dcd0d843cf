import { once } from 'node:events';
import { isLockstepError, type JobEvent } from '@lockstep/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient } from './client.js';
import type { ClientOptions } from './options.js';
import {
  jobStatus,
  sendEvents,
  sendJson,
  startFakeService,
  type Answer,
  type FakeService,
} from './testing/fake-service.js';

let service: FakeService | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await service?.close();
  service = undefined;
});

const state = (name: 'RUNNING' | 'SUCCEEDED'): JobEvent => ({ type: 'state', status: jobStatus(name) });
const finishedEpoch = {
  ...{ epoch: 1, steps: 9, seconds: 1, samplesPerSecond: 9 },
  train: { samples: 9, loss: 0.5 },
};
const joined: JobEvent = { type: 'worker', worker: 'w1', change: 'joined' };
const progress: JobEvent = { type: 'progress', progress: { ...jobStatus('RUNNING').progress, step: 4 } };

async function follow(answer: Answer, options: Partial<ClientOptions> = {}): Promise<JobEvent[]> {
  service = await startFakeService(answer);
  const events: JobEvent[] = [];
  for await (const event of createClient({ url: service.url, ...options }).jobs.events('job-1')) events.push(event);
  return events;
}

describe('following a job', () => {
  it('gives every event and ends after the final state, even if the service keeps the connection', async () => {
    const events = await follow((_, response) => {
      sendEvents(response, [
        [1, state('RUNNING')],
        [2, progress],
        [3, joined],
        [4, state('SUCCEEDED')],
      ]);
    });
    expect(events).toEqual([state('RUNNING'), progress, joined, state('SUCCEEDED')]);
  });

  it('ends quietly where the service ends its answer at the same moment', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const events = await follow((_, response) => {
        sendEvents(response, [[1, state('SUCCEEDED')]]);
        response.end();
      });
      expect(events).toEqual([state('SUCCEEDED')]);
      await service?.close();
    }
  });

  it('tells of each epoch once and after a first state, also of those that ended before the stream was opened or while it was broken', async () => {
    const epochs = [1, 2, 3].map((epoch) => ({ ...finishedEpoch, epoch }));
    const told = (index: number): JobEvent => ({ type: 'epoch', epoch: epochs[index] ?? finishedEpoch });
    const known = (name: 'RUNNING' | 'SUCCEEDED', count: number): JobEvent => ({
      type: 'state',
      status: { ...jobStatus(name), history: epochs.slice(0, count) },
    });
    const events = await follow((_, response) => {
      sendEvents(response, [
        [1, known('RUNNING', 1)],
        [2, told(0)],
        [3, told(1)],
        [4, known('SUCCEEDED', 3)],
      ]);
    });
    expect(events).toEqual([known('RUNNING', 1), told(0), told(1), known('SUCCEEDED', 3), told(2)]);
  });

  it('passes over events of types it does not know', async () => {
    const events = await follow((_, response) => {
      sendEvents(response, [
        [1, { type: 'weather' }],
        [2, state('SUCCEEDED')],
      ]);
    });
    expect(events).toEqual([state('SUCCEEDED')]);
  });

  it('connects again with the last id when the connection breaks, ends or is refused for a while', async () => {
    const events = await follow((_, response, index) => {
      if (index === 0) {
        sendEvents(response, [[5, state('RUNNING')]]);
        setImmediate(() => response.destroy());
      } else if (index === 1) {
        sendJson(response, 503, {});
      } else if (index === 2) {
        sendEvents(response, [[6, progress]]);
        response.end();
      } else {
        sendEvents(response, [[7, state('SUCCEEDED')]]);
      }
    });
    expect(events).toEqual([state('RUNNING'), progress, state('SUCCEEDED')]);
    expect(service?.seen.map((request) => request.headers['last-event-id'])).toEqual([undefined, '5', '5', '6']);
  });

  it('connects again when the stream falls silent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    service = await startFakeService((_, response, index) => {
      sendEvents(response, [[index, index === 0 ? state('RUNNING') : state('SUCCEEDED')]]);
    });
    const events: JobEvent[] = [];
    for await (const event of createClient({ url: service.url, silenceMilliseconds: 50 }).jobs.events('job-1')) {
      // By the time it is silent, the follower waits for what comes next.
      if (events.push(event) === 1) setImmediate(() => vi.advanceTimersByTime(50));
    }
    expect(events).toEqual([state('RUNNING'), state('SUCCEEDED')]);
  });

  it('gives up when nothing was heard for longer than its patience', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const away: Answer = (_, response) => {
      vi.advanceTimersByTime(100);
      response.destroy();
    };
    const failed = follow(away, { patienceMilliseconds: 400 });
    await expect(failed).rejects.toSatisfy((error) => isLockstepError(error, 'UNREACHABLE'));
    expect(service?.seen).toHaveLength(4);
  });

  it('does not try again when the job is unknown', async () => {
    const failed = follow((_, response) => {
      sendJson(response, 404, { code: 'NOT_FOUND', detail: 'no such job' });
    });
    await expect(failed).rejects.toSatisfy((error) => isLockstepError(error, 'NOT_FOUND'));
    expect(service?.seen).toHaveLength(1);
  });

  it('ends with the reason of the signal, also between two connections', async () => {
    const stop = new AbortController();
    const failed = follow(
      (_, response) => {
        response.destroy();
        setImmediate(() => {
          stop.abort(new Error('interrupted'));
        });
      },
      { signal: stop.signal },
    );
    await expect(failed).rejects.toThrow('interrupted');
  });

  it('closes its connection when the follower stops early', async () => {
    const closing: Promise<unknown>[] = [];
    service = await startFakeService((_, response) => {
      closing.push(once(response, 'close'));
      sendEvents(response, [[1, state('RUNNING')]]);
    });
    for await (const event of createClient({ url: service.url }).jobs.events('job-1')) {
      expect(event.type).toBe('state');
      break;
    }
    expect(closing).toHaveLength(1);
    await closing[0];
  });
});
