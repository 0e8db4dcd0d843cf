import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { DropLog } from './drop-log.js';

afterEach(() => {
  vi.useRealTimers();
});

it('tells the first frame of each reason in ten seconds, and how many it has not told', () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const drops = new DropLog(pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(line) }));
  for (let frame = 0; frame < 1000; frame++) drops.dropped('malformed', `no. ${String(frame)}`, 's');
  drops.dropped('foreign-worker', 'other', 's');
  vi.advanceTimersByTime(10_000);
  drops.dropped('malformed', 'later', 's');
  drops.dropped('malformed', 'and again', 's');
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told.map(({ detail, unsaid }) => [detail, unsaid])).toEqual([
    ['no. 0', 0],
    ['other', 0],
    ['later', 999],
  ]);
});
