import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkerCalls } from './worker-calls.js';

let calls: WorkerCalls;
let made: string[];
let released: string[];
beforeEach(() => {
  vi.useFakeTimers();
  made = [];
  released = [];
  calls = new WorkerCalls(
    (worker) => void made.push(worker),
    (worker) => void released.push(worker),
  );
});
afterEach(() => {
  calls.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('calls a worker again until it answers, after longer and longer waits', () => {
  calls.call('w1');
  calls.call('w2');
  calls.end('w2');
  for (const milliseconds of [2999, 1, 5999, 1]) vi.advanceTimersByTime(milliseconds);
  expect(made).toEqual(['w1', 'w2', 'w1', 'w1']);
  calls.end('w1');
  vi.advanceTimersByTime(600_000);
  expect(made).toHaveLength(4);
});

it('lets go of all that were called, and again of one that speaks after that', () => {
  calls.call('w1');
  calls.call('w2');
  calls.end('w2');
  expect(['w1', 'w2'].map((worker) => calls.awaits(worker))).toEqual([true, false]);
  expect(calls.releaseAgain('w1')).toBe(false);
  expect(released).toEqual([]);
  calls.close();
  expect(released).toEqual(['w1', 'w2']);
  expect(calls.releaseAgain('w2')).toBe(true);
  expect(released).toEqual(['w1', 'w2', 'w2']);
});

it('calls nobody who comes after the end, and lets go of one that speaks all the same', () => {
  calls.close();
  calls.call('w1');
  vi.advanceTimersByTime(600_000);
  expect(made).toEqual([]);
  expect(calls.awaits('w1')).toBe(false);
  expect(calls.releaseAgain('w1')).toBe(true);
  expect(released).toEqual(['w1']);
});

it('starts over with a worker that has come again', () => {
  calls.call('w1');
  vi.advanceTimersByTime(3000);
  calls.call('w1');
  made.length = 0;
  vi.advanceTimersByTime(3000);
  expect(made).toEqual(['w1']);
});
