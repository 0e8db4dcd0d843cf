import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ThreadTurns } from './thread-turns.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Tasks in the order in which they began. */
let begun: string[] = [];

const task = (name: string, milliseconds: number) => async () => {
  begun.push(name);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
};

beforeEach(() => {
  begun = [];
});

it('runs as many tasks at a time as there are threads, in their order', async () => {
  const turns = new ThreadTurns(2);
  const all = [1, 2, 3, 4].map((number) => turns.run('a', task(`a${String(number)}`, 10)));
  await vi.advanceTimersByTimeAsync(9);
  expect(begun).toEqual(['a1', 'a2']);
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all(all);
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4']);
});

it('gives a job with short tasks as much time as one with long tasks, however many of those wait', async () => {
  const turns = new ThreadTurns(1);
  const all = Array.from({ length: 20 }, () => turns.run('long', task('long', 100)));
  all.push(...Array.from({ length: 40 }, () => turns.run('short', task('short', 10))));
  await vi.advanceTimersByTimeAsync(700);
  const time = (job: string, each: number) => begun.filter((name) => name === job).length * each;
  expect(Math.abs(time('long', 100) - time('short', 10))).toBeLessThanOrEqual(100);
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all(all);
});

it('goes on when a task fails, and hands its error on', async () => {
  const turns = new ThreadTurns(1);
  const failing = turns.run('a', () => Promise.reject(new Error('dead')));
  const next = turns.run('b', task('b1', 1));
  await expect(failing).rejects.toThrow('dead');
  await vi.advanceTimersByTimeAsync(1);
  await next;
  expect(begun).toEqual(['b1']);
});

it('lets what still waits of a job that is over have its turn', async () => {
  const turns = new ThreadTurns(1);
  const all = [turns.run('a', task('a1', 1)), turns.run('b', task('b1', 1))];
  turns.forget('b');
  await vi.advanceTimersByTimeAsync(10);
  await Promise.all(all);
  expect(begun).toEqual(['a1', 'b1']);
});
