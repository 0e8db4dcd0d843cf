import { describe, expect, it } from 'vitest';
import { WorkerSpeeds } from './worker-speeds.js';

const pair = [
  { worker: 'a', threads: 1 },
  { worker: 'b', threads: 2 },
];
const speedsOf = (speeds: WorkerSpeeds) => speeds.shares(pair, 100).map(({ speed }) => speed);

describe('the speeds of the workers', () => {
  it('go by threads until everyone has a history', () => {
    const speeds = new WorkerSpeeds();
    expect(speedsOf(speeds)).toEqual([1, 2]);
    speeds.observe('a', 'train', 10, 1000);
    expect(speedsOf(speeds)).toEqual([1, 2]);
  });

  it('are measured in slices a millisecond', () => {
    const speeds = new WorkerSpeeds();
    speeds.observe('a', 'train', 10, 1000);
    speeds.observe('b', 'train', 10, 100);
    expect(speedsOf(speeds)).toEqual([1 / 100, 1 / 10]);
  });

  it('stay with the threads when all threads are about as fast, so that noise does not move the cuts', () => {
    const speeds = new WorkerSpeeds();
    speeds.observe('a', 'train', 10, 1000);
    speeds.observe('b', 'train', 10, 450);
    expect(speedsOf(speeds)).toEqual([1, 2]);
  });

  it('stay with the threads when all would end within the time that messages take', () => {
    const speeds = new WorkerSpeeds();
    speeds.observe('a', 'train', 1, 4);
    speeds.observe('b', 'train', 3, 3);
    expect(speeds.shares(pair, 4).map(({ speed }) => speed)).toEqual([1, 2]);
    expect(speeds.shares(pair, 400).map(({ speed }) => speed)).toEqual([1 / 4, 1]);
  });

  it('follow a change slowly, and know training from evaluation', () => {
    const speeds = new WorkerSpeeds();
    speeds.observe('a', 'train', 1, 100);
    speeds.observe('a', 'train', 1, 200);
    speeds.observe('a', 'evaluate', 1, 5);
    expect(speeds.expected('a', 'train', 10)).toBeCloseTo(1200);
    expect(speeds.expected('a', 'evaluate', 10)).toBeCloseTo(50);
    expect(speeds.expected('b', 'train', 10)).toBeUndefined();
  });

  it('lower the share of who was late, and leave what it is held to', () => {
    const speeds = new WorkerSpeeds();
    for (const { worker, threads } of pair) speeds.observe(worker, 'train', threads, 100);
    speeds.observeLate('a', 'train', 1, 400);
    expect(speeds.expected('a', 'train', 1)).toBeCloseTo(100);
    expect(speedsOf(speeds)[0]).toBeCloseTo(1 / 160);
  });

  it('are forgotten with the worker', () => {
    const speeds = new WorkerSpeeds();
    speeds.observe('a', 'train', 1, 100);
    speeds.forget('a');
    expect(speeds.expected('a', 'train', 1)).toBeUndefined();
    expect(speedsOf(speeds)).toEqual([1, 2]);
  });

  it('survive a clock that did not move', () => {
    const speeds = new WorkerSpeeds();
    for (const { worker } of pair) speeds.observe(worker, 'train', 0, 0);
    expect(speedsOf(speeds)).toEqual([1, 2]);
    expect(speeds.expected('a', 'train', 3)).toBe(0);
  });
});
