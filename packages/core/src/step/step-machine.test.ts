import { beforeEach, describe, expect, it } from 'vitest';
import type { StepEffect } from './events.js';
import type { TreeNode } from './reduction-tree.js';
import { STEP_MACHINE_DEFAULTS, StepMachine } from './step-machine.js';

const TERM = 2;
let machine: StepMachine;

function create(minWorkers = 1): void {
  machine = new StepMachine({ ...STEP_MACHINE_DEFAULTS, term: TERM, minWorkers });
}

const ready = (worker: string, now = 0, threads = 1) => machine.handle({ type: 'worker-ready', now, worker, threads });
const lost = (worker: string, now = 0, reason: 'heartbeat' | 'drained' = 'heartbeat') =>
  machine.handle({ type: 'worker-lost', now, worker, reason });
const start = (round: number, sliceCount: number, now = 0) =>
  machine.handle({ type: 'start', now, round, kind: 'train', sliceCount });
const tick = (now: number) => machine.handle({ type: 'tick', now });
const part = (worker: string, node: TreeNode, now = 0, round = 1, term = TERM) =>
  machine.handle({ type: 'part', now, worker, term, round, node });

/** Orders as `worker first-end`. */
function orders(effects: readonly StepEffect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'begin' ? effect.ranges.map(({ worker, first, end }) => `${worker} ${first}-${end}`) : [],
  );
}

const reissue = (effects: readonly StepEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'begin' ? [effect.reissue] : []));
const reasons = (effects: readonly StepEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'reject' ? [effect.reason] : []));

beforeEach(() => create());

describe('handing out', () => {
  it('gives each ready worker its share, by threads while nothing is known', () => {
    ready('a', 0, 1);
    ready('b', 0, 3);
    const effects = start(1, 16);
    expect(orders(effects)).toEqual(['a 0-4', 'b 4-16']);
    expect(reissue(effects)).toEqual(['none']);
  });

  it('waits with a sentence while workers are absent, and goes on as soon as there are enough', () => {
    create(2);
    expect(start(1, 4)).toEqual([{ type: 'waiting', sentence: 'ready workers: 0 of 2 (cluster.minWorkers)' }]);
    expect(ready('a')).toEqual([{ type: 'waiting', sentence: 'ready workers: 1 of 2 (cluster.minWorkers)' }]);
    expect(machine.waitingFor(0)).toBe('ready workers: 1 of 2 (cluster.minWorkers)');
    expect(lost('a')).toEqual([{ type: 'waiting', sentence: 'ready workers: 0 of 2 (cluster.minWorkers)' }]);
    ready('b');
    expect(orders(ready('c'))).toEqual(['b 0-2', 'c 2-4']);
  });

  it('finishes a minibatch that is out below minWorkers, and hands out no other', () => {
    create(2);
    ready('a');
    ready('b');
    start(1, 2);
    expect(orders(lost('b'))).toEqual(['a 1-2']);
    expect(part('a', { level: 1, index: 0 }).at(-1)).toEqual({ type: 'complete', round: 1 });
    expect(start(2, 2)).toEqual([{ type: 'waiting', sentence: 'ready workers: 1 of 2 (cluster.minWorkers)' }]);
  });

  it('gives a worker that joins in the middle nothing before the next minibatch', () => {
    ready('a');
    start(1, 4);
    expect(ready('b')).toEqual([]);
    part('a', { level: 2, index: 0 });
    expect(orders(start(2, 4))).toEqual(['a 0-2', 'b 2-4']);
  });

  it('follows the measured speeds once everyone has one', () => {
    ready('a');
    ready('b');
    start(1, 16);
    part('a', { level: 3, index: 0 }, 100);
    part('b', { level: 3, index: 1 }, 300);
    expect(orders(start(2, 16, 300))).toEqual(['a 0-12', 'b 12-16']);
  });
});

describe('losing workers', () => {
  it('gives what a lost worker had open to the others, and only that', () => {
    ['a', 'b', 'c'].forEach((worker) => ready(worker));
    start(1, 12);
    part('c', { level: 1, index: 4 });
    const effects = lost('c');
    expect(orders(effects)).toEqual(['a 10-11', 'b 11-12']);
    expect(reissue(effects)).toEqual(['lost']);
  });

  it('takes what a draining worker has begun, and gives it no more', () => {
    ready('a');
    ready('b');
    start(1, 4);
    expect(lost('b', 0, 'drained')).toEqual([]);
    expect(machine.workers).toEqual(['a']);
    expect(part('b', { level: 1, index: 1 })).toEqual([{ type: 'accept', worker: 'b', node: { level: 1, index: 1 } }]);
    part('a', { level: 1, index: 0 });
    expect(orders(start(2, 4))).toEqual(['a 0-4']);
    expect(lost('b')).toEqual([]);
    expect(reasons(part('b', { level: 1, index: 1 }))).toEqual(['unknown-worker']);
  });

  it('hands on what a draining worker has not sent when it leaves, or is late with', () => {
    ready('a');
    ready('b');
    start(1, 4);
    expect(lost('b', 0, 'drained')).toEqual([]);
    expect(orders(lost('b'))).toEqual(['a 2-4']);
    part('a', { level: 1, index: 0 });
    part('a', { level: 1, index: 1 });
    ready('b');
    start(2, 4);
    lost('b', 0, 'drained');
    part('a', { level: 1, index: 0 }, 0, 2);
    expect(orders(tick(60_000))).toEqual(['a 2-4']);
  });

  it('waits for a last worker that is drained, however late it is', () => {
    ready('a');
    start(1, 4);
    expect(lost('a', 0, 'drained')).toEqual([]);
    expect(tick(60_000)).toEqual([]);
    expect(machine.nextDeadline()).toBeGreaterThan(60_000);
    expect(part('a', { level: 2, index: 0 }, 60_001).at(-1)).toEqual({ type: 'complete', round: 1 });
    expect(start(2, 4, 60_002)).toEqual([{ type: 'waiting', sentence: 'ready workers: 0 of 1 (cluster.minWorkers)' }]);
  });

  it('says so when the last one is gone, and gives all that is open to the next that comes', () => {
    ready('a');
    start(1, 8);
    part('a', { level: 2, index: 0 });
    expect(lost('a')).toEqual([{ type: 'waiting', sentence: 'ready workers: 0 of 1 (cluster.minWorkers)' }]);
    expect(machine.waitingFor(5000)).toBe('ready workers: 0 of 1 (cluster.minWorkers)');
    expect(machine.nextDeadline()).toBeUndefined();
    expect(orders(ready('b'))).toEqual(['b 4-8']);
  });

  it('does not mind the loss of a worker that it does not know', () => {
    ready('a');
    start(1, 4);
    expect(lost('z')).toEqual([]);
  });
});

describe('late workers', () => {
  it('asks an idle one as well once a range is late, and takes whichever answer is first', () => {
    ready('a');
    ready('b');
    start(1, 2);
    part('a', { level: 0, index: 0 }, 100);
    expect(tick(9_999)).toEqual([]);
    const effects = tick(10_000);
    expect(orders(effects)).toEqual(['a 1-2']);
    expect(reissue(effects)).toEqual(['late']);
    expect(part('a', { level: 0, index: 1 }, 10_100).at(-1)).toEqual({ type: 'complete', round: 1 });
    expect(reasons(part('b', { level: 0, index: 1 }, 10_200))).toEqual(['stale-round']);
  });

  it('gives the order again to the same worker when there is no other, as the order may have been lost', () => {
    ready('a');
    start(1, 4);
    expect(orders(tick(10_000))).toEqual(['a 0-4']);
    expect(machine.nextDeadline()).toBe(20_000);
    expect(orders(tick(20_000))).toEqual(['a 0-4']);
    expect(machine.waitingFor(21_000)).toBe('4 slices of a, 1 s');
  });

  it('is as patient as a worker’s own history says, and not less than half a second', () => {
    ready('a');
    start(1, 4);
    part('a', { level: 2, index: 0 }, 400);
    start(2, 8, 1000);
    expect(machine.nextDeadline()).toBe(1000 + 4 * 800);
    part('a', { level: 3, index: 0 }, 1800, 2);
    start(3, 1, 2000);
    expect(machine.nextDeadline()).toBe(2500);
  });

  it('does not become more patient by messages that were lost', () => {
    ready('a');
    start(1, 1);
    part('a', { level: 0, index: 0 }, 400);
    for (let round = 2; round < 30; round++) {
      const now = round * 10_000;
      start(round, 1, now);
      tick(now + 1600);
      part('a', { level: 0, index: 0 }, now + 2000, round);
    }
    start(30, 1, 0);
    expect(machine.nextDeadline()).toBeCloseTo(1600);
  });

  it('gives a worker that was late less', () => {
    ready('a');
    ready('b');
    start(1, 16);
    part('a', { level: 3, index: 0 }, 100);
    part('b', { level: 3, index: 1 }, 100);
    start(2, 16, 1000);
    part('a', { level: 3, index: 0 }, 1100, 2);
    expect(orders(tick(1500))).toEqual(['a 8-16']);
    part('a', { level: 3, index: 1 }, 1600, 2);
    expect(orders(start(3, 16, 2000))).toEqual(['a 0-10', 'b 10-16']);
  });
});

describe('parts', () => {
  it('refuses what is of another term, round or worker, outside, or there already', () => {
    ready('a');
    start(1, 5);
    const leaf = { level: 0, index: 0 };
    expect(reasons(part('a', leaf, 0, 1, TERM - 1))).toEqual(['stale-term']);
    expect(reasons(part('a', leaf, 0, 1, TERM + 1))).toEqual(['stale-term']);
    expect(reasons(part('a', leaf, 0, 0))).toEqual(['stale-round']);
    expect(reasons(part('a', leaf, 0, 2))).toEqual(['future-round']);
    expect(reasons(part('b', leaf))).toEqual(['unknown-worker']);
    expect(reasons(part('a', { level: 0, index: 5 }))).toEqual(['outside']);
    expect(part('a', leaf)).toEqual([{ type: 'accept', worker: 'a', node: leaf }]);
    expect(reasons(part('a', leaf))).toEqual(['covered']);
    expect(reasons(part('a', { level: 3, index: 0 }))).toEqual(['covered']);
  });

  it('refuses everything after completion and before the next start', () => {
    ready('a');
    start(1, 1);
    part('a', { level: 0, index: 0 });
    expect(reasons(part('a', { level: 0, index: 0 }))).toEqual(['stale-round']);
    expect(tick(99_999)).toEqual([]);
    expect(lost('a')).toEqual([]);
    expect(ready('a')).toEqual([]);
    expect(machine.waitingFor(0)).toBe('nothing');
  });

  it('takes a part from whoever sends it, whoever was asked', () => {
    ready('a');
    ready('b');
    start(1, 2);
    expect(part('b', { level: 1, index: 0 }).at(-1)).toEqual({ type: 'complete', round: 1 });
  });
});
