import { expect, it } from 'vitest';
import { giveMoreWorkers } from './more-workers.js';
import type { RunningJob } from './start-decision.js';

const GIBIBYTE = 2 ** 30;
const worker = (name: string, gibibytes: number) => ({ worker: name, threads: 1, memoryBytes: gibibytes * GIBIBYTE });
const job = (id: string, minWorkers: number, ...workers: string[]): RunningJob => ({
  ...{ id, owner: 'ada', minWorkers, threadBytes: GIBIBYTE, workers },
});

it('gives a worker that has come to every job that it has room for, the first ones first', () => {
  const running = [job('a', 1, 'w1'), job('b', 1, 'w1'), job('c', 1, 'w1')];
  const workers = [worker('w1', 4), worker('w2', 3)];
  expect(giveMoreWorkers(running, workers)).toEqual([
    { id: 'a', workers: ['w2'] },
    { id: 'b', workers: ['w2'] },
  ]);
});

it('gives nothing where all is given', () => {
  expect(giveMoreWorkers([job('a', 1, 'w1')], [worker('w1', 4)])).toEqual([]);
  expect(giveMoreWorkers([job('a', 2, 'w1'), job('b', 1, 'w2')], [worker('w1', 1.5), worker('w2', 1.5)])).toEqual([]);
});

it('lets the first job have too little memory when all wait for workers that the others hold', () => {
  const running = [job('a', 2, 'w1'), job('b', 2, 'w2')];
  expect(giveMoreWorkers(running, [worker('w1', 1.5), worker('w2', 1.5)])).toEqual([{ id: 'a', workers: ['w2'] }]);
});
