import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FairTurns } from './fair-turns.js';

it('gives jobs that always wait the same time, whatever their tasks take', () => {
  const durations = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(durations, fc.integer({ min: 1, max: 300 }), (tasks, turns) => {
      const fair = new FairTurns();
      const had = new Map(tasks.map((duration, job) => [String(job), { duration, time: 0 }]));
      for (const job of had.keys()) fair.waits(job);
      for (let turn = 0; turn < turns; turn++) {
        const job = fair.next() as string;
        const entry = had.get(job) as { duration: number; time: number };
        entry.time += entry.duration;
        fair.charge(job, entry.duration);
      }
      const times = [...had.values()].map(({ time }) => time);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(Math.max(...tasks));
    }),
  );
});

it('owes nothing to a job that did not wait, and takes it before long all the same', () => {
  const fair = new FairTurns();
  fair.waits('long');
  for (let turn = 0; turn < 100; turn++) fair.charge(fair.next() as string, 10);
  fair.waits('new');
  const turns = Array.from({ length: 6 }, () => {
    const job = fair.next() as string;
    fair.charge(job, 10);
    return job;
  });
  expect(turns.filter((job) => job === 'new')).toHaveLength(3);
});

it('remembers what a job has had while it rests, so that resting between rounds wins nothing', () => {
  const fair = new FairTurns();
  fair.waits('a');
  fair.waits('b');
  fair.charge('a', 100);
  fair.rests('a');
  fair.waits('a');
  expect(fair.next()).toBe('b');
});

it('has no turn for anyone when nothing waits, and forgets a job that is over', () => {
  const fair = new FairTurns();
  fair.waits('a');
  fair.charge('a', 100);
  fair.forget('a');
  expect(fair.next()).toBeUndefined();
  fair.waits('b');
  fair.charge('b', 50);
  fair.waits('a');
  expect(fair.next()).toBe('b');
});
