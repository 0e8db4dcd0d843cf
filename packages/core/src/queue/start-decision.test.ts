import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOnWorker, type WorkerRoom } from './memory-room.js';
import { compareTurns, decideStarts, type QueuedJob, type RunningJob } from './start-decision.js';

const LIMITS = { maxRunning: 2, maxRunningPerOwner: 2 };
const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;
const job = (id: string, sequence: number, changes: Partial<QueuedJob> = {}): QueuedJob => ({
  ...{ id, owner: 'ada', priority: 0, sequence, minWorkers: 1, threadBytes: 0, begun: false },
  ...changes,
});
const runs = (id: string, changes: Partial<RunningJob> = {}): RunningJob => ({
  ...{ id, owner: 'ada', minWorkers: 1, threadBytes: 0, workers: ['w1'] },
  ...changes,
});
/** Workers of one thread that have not said how much memory they have. */
const workersOf = (count: number): WorkerRoom[] =>
  Array.from({ length: count }, (_, index) => ({ worker: `w${String(index + 1)}`, threads: 1, memoryBytes: 0 }));
const idsOf = (decision: { start: readonly { id: string }[] }) => decision.start.map(({ id }) => id);
const reasonsOf = (decision: { reasons: ReadonlyMap<string, string> }) => Object.fromEntries(decision.reasons);

describe('which jobs start', () => {
  it('is by priority, and among equals who came first', () => {
    const queued = [
      job('late', 4),
      job('early', 1),
      job('urgent', 3, { priority: 5 }),
      job('unloved', 2, { priority: -1 }),
    ];
    const decision = decideStarts(queued, [], workersOf(1), LIMITS);
    expect(idsOf(decision)).toEqual(['urgent', 'early']);
    expect(reasonsOf(decision)).toEqual({
      late: 'waits for a free place: 2 of 2 jobs run (maxRunning); position 1 of 2',
      unloved: 'waits for its turn: 1 job before it; position 2 of 2',
    });
  });

  it('says how many jobs are before each', () => {
    const running = [runs('r1'), runs('r2')];
    const decision = decideStarts([job('a', 1), job('b', 2), job('c', 3)], running, workersOf(1), LIMITS);
    expect(decision.start).toEqual([]);
    expect(reasonsOf(decision)).toEqual({
      a: 'waits for a free place: 2 of 2 jobs run (maxRunning); position 1 of 3',
      b: 'waits for its turn: 1 job before it; position 2 of 3',
      c: 'waits for its turn: 2 jobs before it; position 3 of 3',
    });
  });

  it('lets others pass a job that waits for more workers', () => {
    const queued = [job('wide', 1, { minWorkers: 2 }), job('narrow', 2)];
    const decision = decideStarts(queued, [], workersOf(1), LIMITS);
    expect(idsOf(decision)).toEqual(['narrow']);
    expect(reasonsOf(decision)).toEqual({ wide: 'waits for workers: 1 of 2 (cluster.minWorkers); position 1 of 1' });
  });

  it('gives each owner so many places at most', () => {
    const queued = [job('a1', 1), job('a2', 2), job('b1', 3, { owner: 'bob' })];
    const decision = decideStarts(queued, [], workersOf(1), { maxRunning: 3, maxRunningPerOwner: 1 });
    expect(idsOf(decision)).toEqual(['a1', 'b1']);
    expect(reasonsOf(decision)).toEqual({
      a2: 'waits for a job of its owner to end: 1 of 1 run (maxRunningPerOwner); position 1 of 1',
    });
  });

  it('gives jobs that had begun before a restart their places back first', () => {
    const queued = [job('urgent', 1, { priority: 100 }), job('begun', 9, { begun: true, priority: -5 })];
    const limits = { maxRunning: 1, maxRunningPerOwner: 1 };
    expect(idsOf(decideStarts(queued, [], workersOf(1), limits))).toEqual(['begun']);
  });
});

describe('a job', () => {
  const small = { worker: 'small', threads: 1, memoryBytes: GIBIBYTE };
  const large = { worker: 'large', threads: 2, memoryBytes: 4 * GIBIBYTE };
  const heavy = { threadBytes: 1200 * MEBIBYTE };

  it('gets the workers that have room for it', () => {
    expect(decideStarts([job('heavy', 1, heavy)], [], [small, large], LIMITS).start).toEqual([
      { id: 'heavy', workers: ['large'] },
    ]);
    expect(decideStarts([job('light', 1)], [], [small, large], LIMITS).start).toEqual([
      { id: 'light', workers: ['small', 'large'] },
    ]);
  });

  it('that does not fit next to those that run waits for their memory, and smaller ones do not pass it', () => {
    const running = [runs('r', { ...heavy, workers: ['large'] })];
    const queued = [job('heavy', 1, heavy), job('light', 2)];
    const limits = { maxRunning: 4, maxRunningPerOwner: 4 };
    const decision = decideStarts(queued, running, [small, large], limits);
    expect(decision.start).toEqual([]);
    const need = 'it takes 1.2 GiB of a worker, which 0 of 1 have free';
    expect(reasonsOf(decision)).toEqual({
      heavy: `waits for memory of the jobs that run: ${need}; position 1 of 2`,
      light: 'waits for its turn: 1 job before it; position 2 of 2',
    });
  });

  it('that fits on no worker says so and lets the others pass', () => {
    const queued = [job('giant', 1, { threadBytes: 5 * GIBIBYTE }), job('light', 2)];
    const decision = decideStarts(queued, [], [small, large], LIMITS);
    expect(idsOf(decision)).toEqual(['light']);
    const need = 'it takes 5.0 GiB of a worker, which 0 of 1 have (worker --memory)';
    expect(reasonsOf(decision)).toEqual({ giant: `waits for larger workers: ${need}; position 1 of 1` });
  });
});

const owner = fc.constantFrom('ada', 'bob', 'eve');
const threadBytes = fc.integer({ min: 0, max: 600 }).map((size) => size * MEBIBYTE);
const queuedJobs = fc
  .array(
    fc.record({
      owner,
      priority: fc.integer({ min: -2, max: 2 }),
      minWorkers: fc.integer({ min: 1, max: 4 }),
      threadBytes,
      begun: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((jobs) => jobs.map((one, index): QueuedJob => ({ ...one, id: `q${String(index)}`, sequence: index })));
const runningJobs = fc
  .array(owner, { maxLength: 4 })
  .map((owners) => owners.map((one, index) => runs(`r${String(index)}`, { owner: one })));
const limits = fc.record({
  maxRunning: fc.integer({ min: 1, max: 5 }),
  maxRunningPerOwner: fc.integer({ min: 1, max: 3 }),
});
const cluster = fc
  .array(fc.record({ threads: fc.integer({ min: 1, max: 4 }), memoryBytes: fc.constantFrom(0, GIBIBYTE) }), {
    maxLength: 4,
  })
  .map((workers) => workers.map((one, index): WorkerRoom => ({ ...one, worker: `w${String(index + 1)}` })));

describe('whatever waits and runs', () => {
  it('each job either starts or has a reason, and no limit is passed', () => {
    fc.assert(
      fc.property(queuedJobs, runningJobs, cluster, limits, (queued, running, workers, most) => {
        const decision = decideStarts(queued, running, workers, most);
        const start = idsOf(decision);
        expect([...start, ...decision.reasons.keys()].sort()).toEqual(queued.map(({ id }) => id).sort());
        if (start.length > 0) expect(start.length + running.length).toBeLessThanOrEqual(most.maxRunning);
        for (const { id, workers: given } of decision.start) {
          const started = queued.find((one) => one.id === id) as QueuedJob;
          expect(started.minWorkers).toBeLessThanOrEqual(given.length);
          const own = [...running, ...queued.filter((one) => start.includes(one.id))];
          const count = own.filter((one) => one.owner === started.owner).length;
          expect(count).toBeLessThanOrEqual(most.maxRunningPerOwner);
        }
      }),
    );
  });

  it('the jobs of a worker never take more of its memory than it has', () => {
    fc.assert(
      fc.property(queuedJobs, cluster, limits, (queued, workers, most) => {
        const { start } = decideStarts(queued, [], workers, most);
        for (const worker of workers.filter(({ memoryBytes }) => memoryBytes > 0)) {
          const ids = start.filter((one) => one.workers.includes(worker.worker)).map(({ id }) => id);
          const held = queued.filter(({ id }) => ids.includes(id));
          const taken = held.reduce((sum, one) => sum + bytesOnWorker(one, worker), 0);
          expect(taken).toBeLessThanOrEqual(worker.memoryBytes);
        }
      }),
    );
  });

  it('nobody starts while one that could start instead has its turn before', () => {
    const light = queuedJobs.map((jobs) => jobs.map((one) => ({ ...one, threadBytes: 0 })));
    const counts = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(light, counts, fc.integer({ min: 1, max: 5 }), (queued, count, maxRunning) => {
        const decision = decideStarts(queued, [], workersOf(count), { maxRunning, maxRunningPerOwner: maxRunning });
        const could = queued.filter(({ minWorkers }) => minWorkers <= count).sort(compareTurns);
        expect(idsOf(decision)).toEqual(could.slice(0, maxRunning).map(({ id }) => id));
      }),
    );
  });

  it('the order of the list makes no difference', () => {
    fc.assert(
      fc.property(queuedJobs, runningJobs, cluster, limits, (queued, running, workers, most) => {
        const forwards = decideStarts(queued, running, workers, most);
        const backwards = decideStarts([...queued].reverse(), running, workers, most);
        expect(backwards.start).toEqual(forwards.start);
        expect(new Map(backwards.reasons)).toEqual(new Map(forwards.reasons));
      }),
    );
  });
});
