import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTurns, decideStarts, type QueuedJob, type RunningJob } from './start-decision.js';

const LIMITS = { maxRunning: 2, maxRunningPerOwner: 2 };
const job = (id: string, sequence: number, changes: Partial<QueuedJob> = {}): QueuedJob => ({
  ...{ id, owner: 'ada', priority: 0, sequence, minWorkers: 1, begun: false },
  ...changes,
});
const reasonsOf = (decision: { reasons: ReadonlyMap<string, string> }) => Object.fromEntries(decision.reasons);

describe('which jobs start', () => {
  it('is by priority, and among equals who came first', () => {
    const queued = [
      job('late', 4),
      job('early', 1),
      job('urgent', 3, { priority: 5 }),
      job('unloved', 2, { priority: -1 }),
    ];
    const { start, reasons } = decideStarts(queued, [], 1, LIMITS);
    expect(start).toEqual(['urgent', 'early']);
    expect(Object.fromEntries(reasons)).toEqual({
      late: 'waits for a free place: 2 of 2 jobs run (maxRunning)',
      unloved: 'waits for its turn: 1 job before it',
    });
  });

  it('says how many jobs are before each', () => {
    const running = [
      { id: 'r1', owner: 'ada' },
      { id: 'r2', owner: 'ada' },
    ];
    const decision = decideStarts([job('a', 1), job('b', 2), job('c', 3)], running, 1, LIMITS);
    expect(decision.start).toEqual([]);
    expect(reasonsOf(decision)).toEqual({
      a: 'waits for a free place: 2 of 2 jobs run (maxRunning)',
      b: 'waits for its turn: 1 job before it',
      c: 'waits for its turn: 2 jobs before it',
    });
  });

  it('lets others pass a job that waits for more workers', () => {
    const decision = decideStarts([job('wide', 1, { minWorkers: 2 }), job('narrow', 2)], [], 1, LIMITS);
    expect(decision.start).toEqual(['narrow']);
    expect(reasonsOf(decision)).toEqual({ wide: 'waits for workers: 1 of 2 (cluster.minWorkers)' });
  });

  it('gives each owner so many places at most', () => {
    const queued = [job('a1', 1), job('a2', 2), job('b1', 3, { owner: 'bob' })];
    const decision = decideStarts(queued, [], 1, { maxRunning: 3, maxRunningPerOwner: 1 });
    expect(decision.start).toEqual(['a1', 'b1']);
    expect(reasonsOf(decision)).toEqual({
      a2: 'waits for a job of its owner to end: 1 of 1 run (maxRunningPerOwner)',
    });
  });

  it('gives jobs that had begun before a restart their places back first', () => {
    const queued = [job('urgent', 1, { priority: 100 }), job('begun', 9, { begun: true, priority: -5 })];
    expect(decideStarts(queued, [], 1, { maxRunning: 1, maxRunningPerOwner: 1 }).start).toEqual(['begun']);
  });
});

const owner = fc.constantFrom('ada', 'bob', 'eve');
const queuedJobs = fc
  .array(
    fc.record({
      owner,
      priority: fc.integer({ min: -2, max: 2 }),
      minWorkers: fc.integer({ min: 1, max: 4 }),
      begun: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((jobs) => jobs.map((one, index): QueuedJob => ({ ...one, id: `q${String(index)}`, sequence: index })));
const runningJobs = fc
  .array(owner, { maxLength: 4 })
  .map((owners) => owners.map((one, index): RunningJob => ({ id: `r${String(index)}`, owner: one })));
const limits = fc.record({
  maxRunning: fc.integer({ min: 1, max: 5 }),
  maxRunningPerOwner: fc.integer({ min: 1, max: 3 }),
});
const workerCount = fc.integer({ min: 0, max: 4 });

describe('whatever waits and runs', () => {
  it('each job either starts or has a reason, and no limit is passed', () => {
    fc.assert(
      fc.property(queuedJobs, runningJobs, workerCount, limits, (queued, running, workers, most) => {
        const { start, reasons } = decideStarts(queued, running, workers, most);
        expect([...start, ...reasons.keys()].sort()).toEqual(queued.map(({ id }) => id).sort());
        if (start.length > 0) expect(start.length + running.length).toBeLessThanOrEqual(most.maxRunning);
        for (const id of start) {
          const started = queued.find((one) => one.id === id) as QueuedJob;
          expect(started.minWorkers).toBeLessThanOrEqual(workers);
          const own = [...running, ...queued.filter((one) => start.includes(one.id))];
          const count = own.filter((one) => one.owner === started.owner).length;
          expect(count).toBeLessThanOrEqual(most.maxRunningPerOwner);
        }
      }),
    );
  });

  it('nobody starts while one that could start instead has its turn before', () => {
    fc.assert(
      fc.property(queuedJobs, workerCount, fc.integer({ min: 1, max: 5 }), (queued, workers, maxRunning) => {
        const { start } = decideStarts(queued, [], workers, { maxRunning, maxRunningPerOwner: maxRunning });
        const could = queued.filter(({ minWorkers }) => minWorkers <= workers).sort(compareTurns);
        expect(start).toEqual(could.slice(0, maxRunning).map(({ id }) => id));
      }),
    );
  });

  it('the order of the list makes no difference', () => {
    fc.assert(
      fc.property(queuedJobs, runningJobs, workerCount, limits, (queued, running, workers, most) => {
        const forwards = decideStarts(queued, running, workers, most);
        const backwards = decideStarts([...queued].reverse(), running, workers, most);
        expect(backwards.start).toEqual(forwards.start);
        expect(new Map(backwards.reasons)).toEqual(new Map(forwards.reasons));
      }),
    );
  });
});
