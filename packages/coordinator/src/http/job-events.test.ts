import type { Job } from '../jobs/job.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobFollowers } from './job-events.js';
import { startTestService, toyJob, type TestService } from './testing/test-service.js';

let service: TestService;
let url: string;
beforeEach(async () => {
  service = await startTestService();
  url = await service.server.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await service.close();
});

interface SentEvent {
  readonly id: number;
  readonly type: string;
  readonly state: string | undefined;
}

function follow(job: Job, lastEventId?: string): Promise<Response> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  return fetch(`${url}/api/v1/jobs/${job.id}/events`, { headers, signal: AbortSignal.timeout(20_000) });
}

/** All events, once the service has ended the stream. */
async function eventsOf(response: Response): Promise<SentEvent[]> {
  const blocks = (await response.text()).split('\n\n').filter((block) => block.startsWith('id: '));
  return blocks.map((block) => {
    const [, id = '', type = '', data = ''] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? [];
    const { status } = JSON.parse(data) as { status?: { state: string } };
    return { id: Number(id), type, state: status?.state };
  });
}

describe('following a job over HTTP', () => {
  it('brings its status, then each change, and ends with its final state', async () => {
    const job = await service.jobs.submit(toyJob);
    const response = await follow(job);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await service.jobs.pause(job.id);
    await service.jobs.cancel(job.id);
    const events = await eventsOf(response);
    expect(events.map(({ state }) => state)).toEqual(['QUEUED', 'PAUSED', 'CANCELLED']);
    expect(events.map(({ id }) => id)).toEqual([...events.map(({ id }) => id)].sort((a, b) => a - b));
  });

  it('does not count among the answers, whose times it would make meaningless', async () => {
    const job = await service.jobs.submit(toyJob);
    const response = await follow(job);
    await service.jobs.cancel(job.id);
    await eventsOf(response);
    await fetch(`${url}/api/v1/jobs/${job.id}`);
    const count = (route: string): string =>
      `lockstep_http_request_duration_seconds_count{method="GET",route="${route}"`;
    const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
    await expect.poll(metrics, { timeout: 20_000 }).toContain(count('/api/v1/jobs/:id'));
    expect(await metrics()).not.toContain(count('/api/v1/jobs/:id/events'));
  });

  it('goes on after the last event that was seen', async () => {
    const job = await service.jobs.submit(toyJob);
    const first = await follow(job);
    await service.jobs.pause(job.id);
    await service.jobs.cancel(job.id);
    const events = await eventsOf(first);
    const again = await eventsOf(await follow(job, String(events[1]?.id)));
    expect(again).toEqual(events.slice(2));
  });

  it.each(['0', '-1', 'x', '1e99', '9007199254740993'])('takes the last event %s for none', async (last) => {
    const job = await service.jobs.submit(toyJob);
    await service.jobs.cancel(job.id);
    expect(await eventsOf(await follow(job, last))).toMatchObject([{ type: 'state', state: 'CANCELLED' }]);
  });

  it('is refused to more followers than there may be, and free again when one has gone', async () => {
    const job = await service.jobs.submit(toyJob);
    const followers = new JobFollowers({ followers: 1 });
    const fake = (): { reply: Parameters<JobFollowers['add']>[2]; close: () => void } => {
      let close = (): void => undefined;
      const raw = {
        ...{ writableEnded: false, writableLength: 0, destroyed: false, writeHead: () => raw },
        ...{ flushHeaders: () => undefined, write: () => true, end: () => undefined },
        once: (_event: string, listener: () => void) => (close = listener),
      };
      const reply = { hijack: () => undefined, raw } as unknown as Parameters<JobFollowers['add']>[2];
      return {
        reply,
        close: () => {
          close();
        },
      };
    };
    const first = fake();
    followers.add(job, undefined, first.reply);
    expect(() => {
      followers.add(job, undefined, fake().reply);
    }).toThrow(/as many as there may be/);
    first.close();
    const next = fake();
    followers.add(job, undefined, next.reply);
    next.close();
  });

  it('counts nobody who has gone before it was found out who asks', async () => {
    const job = await service.jobs.submit(toyJob);
    const followers = new JobFollowers({ followers: 1 });
    const gone = { hijack: () => undefined, raw: { destroyed: true } };
    for (let follower = 0; follower < 3; follower += 1)
      followers.add(job, undefined, gone as unknown as Parameters<JobFollowers['add']>[2]);
    const said: string[] = [];
    const raw = {
      ...{ writableEnded: false, writableLength: 0, destroyed: false, writeHead: () => raw },
      ...{ flushHeaders: () => undefined, write: (text: string) => said.push(text), end: () => undefined },
      once: (_event: string, listener: () => void) => {
        queueMicrotask(listener);
      },
    };
    followers.add(job, undefined, { hijack: () => undefined, raw } as unknown as Parameters<JobFollowers['add']>[2]);
    expect(said).toHaveLength(1);
    await Promise.resolve();
  });

  it('cuts off who takes nothing, so that memory stays bounded', async () => {
    const job = await service.jobs.submit(toyJob);
    const followers = new JobFollowers({ bytes: 10 });
    let destroyed = false;
    const raw = {
      ...{ writableEnded: false, writableLength: 100, destroyed: false, writeHead: () => raw },
      ...{ flushHeaders: () => undefined, write: () => true, end: () => undefined, once: () => raw },
      destroy: () => (destroyed = true),
    };
    followers.add(job, undefined, { hijack: () => raw, raw } as unknown as Parameters<JobFollowers['add']>[2]);
    expect(destroyed).toBe(true);
  });
});
