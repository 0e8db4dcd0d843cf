import type { JobState } from '@lockstep/core';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import type { ClientOptions } from './options.js';
import { jobStatus, sendJson, startFakeService, type FakeService } from './testing/fake-service.js';

let service: FakeService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

/** A coordinator at one moment: what it has noted, and how the job stands. */
interface Moment {
  readonly log: string;
  readonly messages: readonly string[];
  readonly state: JobState;
}

const running = (log: string, ...messages: string[]): Moment => ({ log, messages, state: 'RUNNING' });
const over = (log: string, ...messages: string[]): Moment => ({ log, messages, state: 'SUCCEEDED' });

/** Goes from one moment to the next whenever it is asked how the job stands; `away` drops connections. */
async function follow(moments: readonly (Moment | 'away')[], options: Partial<ClientOptions> = {}): Promise<string[]> {
  let asked = -1;
  service = await startFakeService(({ path }, response) => {
    const url = new URL(path, 'http://x');
    const about = url.pathname.endsWith('/logs');
    if (!about) asked += 1;
    const moment = moments[Math.min(asked, moments.length - 1)] ?? 'away';
    if (moment === 'away') response.destroy();
    else if (about) sendLines(response, moment, url.searchParams);
    else sendJson(response, 200, jobStatus(moment.state));
  });
  const seen: string[] = [];
  for await (const { message } of createClient({ url: service.url, ...options }).jobs.followLogs('j'))
    seen.push(message);
  return seen;
}

/** In pages of two. */
function sendLines(response: ServerResponse, { log, messages }: Moment, query: URLSearchParams): void {
  const lines = messages.map((message, index) => ({ number: index + 1, message }));
  const rest = lines.filter(({ number }) => number > Number(query.get('after') ?? 0));
  sendJson(response, 200, { log, items: rest.slice(0, 2), nextCursor: rest.length > 2 ? 'x' : null });
}

const asked = (): string[] =>
  (service?.seen ?? []).filter(({ path }) => path.includes('/logs')).map(({ path }) => path.replace(/.*limit=500/, ''));

describe("following a job's log", () => {
  it('gives each line once, asks for what is new alone, and looks once more when the job is over', async () => {
    expect(
      await follow([running('a', '1', '2', '3'), over('a', '1', '2', '3'), over('a', '1', '2', '3', '4')]),
    ).toEqual([...['1', '2', '3', '4']]);
    expect(asked()).toEqual(['', '&after=2', '&after=3', '&after=3']);
  });

  it('starts again with another coordinator, also when that has more lines than were seen', async () => {
    expect(await follow([running('a', '1', '2'), running('b', 'x', 'y', 'z'), over('b', 'x', 'y', 'z')])).toEqual([
      ...['1', '2', 'x', 'y', 'z'],
    ]);
    expect(await follow([running('a', '1', '2', '3'), over('b', 'x')])).toEqual(['1', '2', '3', 'x']);
  });

  it('goes on when the coordinator was away for less than the patience, and gives up after it', async () => {
    expect(await follow([running('a', '1'), 'away', 'away', over('a', '1', '2')])).toEqual(['1', '2']);
    await expect(follow([running('a', '1'), 'away'], { patienceMilliseconds: 700 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const following = follow([running('a', '1')], { signal: controller.signal });
    controller.abort(new RangeError('enough'));
    await expect(following).rejects.toThrow('enough');
  });

  it('is read from the whole log at once by logs()', async () => {
    await follow([over('a', '1', '2', '3')]);
    const { jobs } = createClient({ url: service?.url ?? '' });
    expect((await jobs.logs('j')).map(({ message }) => message)).toEqual(['1', '2', '3']);
    expect((await jobs.logs('j', 2)).map(({ message }) => message)).toEqual(['3']);
  });
});
