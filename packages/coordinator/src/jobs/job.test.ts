import type { EpochMetrics, JobPlan } from '@lockstep/core';
import { LockstepError } from '@lockstep/core';
import { MemoryNetwork } from '@lockstep/transport';
import { beforeEach, describe, expect, it } from 'vitest';
import { JobStore, type StoredJob } from './job-store.js';
import { Job, type NumberedEvent } from './job.js';
import { newStatus } from './new-status.js';

const NOW = new Date(0);
/** What a job's record needs of its plan. */
const plan = {
  spec: { name: 'digits', training: { epochs: 3 } },
  steps: 30,
  priority: 0,
  model: { parameters: 10 },
  data: { classNames: ['a', 'b'], dataset: 'digits', version: 1, sha256: '' },
} as unknown as JobPlan;

let network: MemoryNetwork;
let store: JobStore;

beforeEach(async () => {
  network = new MemoryNetwork();
  store = await JobStore.open(network.connect('coordinator'));
});

async function createJob(minWorkers = 1): Promise<Job> {
  const queue = { owner: 'local', priority: 0, sequence: 1, minWorkers, retryOf: null, idempotency: null };
  const record = { id: 'j-1', spec: {}, ...queue, term: 0, status: newStatus('j-1', plan, 'local', NOW) };
  return new Job(store, await store.write(record, 0), () => plan);
}

/** As another coordinator would find it. */
async function takeUp(): Promise<Job> {
  const [stored] = await store.all();
  return new Job(store, stored as StoredJob, () => plan);
}

const epoch = (number: number): EpochMetrics => ({
  ...{ epoch: number, steps: number * 10, seconds: 1, samplesPerSecond: 1 },
  train: { samples: 1, loss: 1 / number },
});
const cancelled = () => new LockstepError('CANCELLED', 'was cancelled');

function follow(job: Job, after?: number): NumberedEvent[] {
  const events: NumberedEvent[] = [];
  job.follow(after, (event) => events.push(event));
  return events;
}

describe('the record of a job', () => {
  it('keeps every epoch, however quickly they end one after the other', async () => {
    const job = await createJob();
    await job.begin(NOW);
    await Promise.all([1, 2, 3].map((number) => job.epochEnded(epoch(number), null)));
    await job.failed(cancelled(), NOW);
    const [stored] = await store.all();
    expect(stored?.record.status).toMatchObject({ state: 'CANCELLED', history: [1, 2, 3].map(epoch) });
  });

  it('is written all the same when answers of the store are lost, or it is away for a while', async () => {
    const job = await createJob();
    const faults = ['lose-answer', 'fail', 'lose-answer'] as const;
    let writes = 0;
    network.storeFault = ({ kind }) => (kind === 'update' ? (faults[writes++] ?? 'none') : 'none');
    await job.begin(NOW);
    await job.epochEnded(epoch(1), null);
    const [stored] = await store.all();
    expect(stored?.record).toMatchObject({ term: 1, status: { history: [epoch(1)] } });
  });

  it('belongs to the coordinator that took it over last', async () => {
    const job = await createJob();
    await job.begin(NOW);
    const next = await takeUp();
    await next.begin(NOW);
    expect(next.term).toBe(2);
    await expect(job.epochEnded(epoch(1), null)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
    await next.epochEnded(epoch(1), null);
    expect((await takeUp()).status.history).toEqual([epoch(1)]);
  });
});

describe('the state of a job', () => {
  /** States and reasons, each as often as followers are told. */
  async function begun(minWorkers: number) {
    const job = await createJob(minWorkers);
    await job.begin(NOW);
    const seen: string[] = [];
    job.follow(undefined, ({ event }) => {
      if (event.type === 'state') seen.push(`${event.status.state}: ${event.status.reason}`);
    });
    seen.length = 0;
    return { job, seen };
  }

  it('is RUNNING only while a worker holds it, and says so once a change', async () => {
    const { job, seen } = await begun(1);
    job.workersChanged('w1', 'ready', 1);
    job.workersChanged('w2', 'ready', 2);
    job.workersChanged('w1', 'lost (heartbeat)', 1);
    expect(seen).toEqual(['RUNNING: trains']);
    job.workersChanged('w2', 'lost (heartbeat)', 0);
    for (let i = 0; i < 3; i++) job.waiting('ready workers: 0 of 1 (cluster.minWorkers)');
    job.waiting('');
    expect(seen.slice(1)).toEqual(['STARTING: waits for ready workers: 0 of 1 (cluster.minWorkers)']);
    job.workersChanged('w2', 'ready', 1);
    expect(seen.slice(2)).toEqual(['RUNNING: trains']);
  });

  it('is not RUNNING before as many workers hold it as it asks for', async () => {
    const { job, seen } = await begun(2);
    job.waiting('ready workers: 1 of 2 (cluster.minWorkers)');
    job.workersChanged('w1', 'ready', 1);
    job.workersChanged('w2', 'ready', 2);
    job.workersChanged('w2', 'lost (left)', 1);
    job.waiting('ready workers: 1 of 2 (cluster.minWorkers)');
    const waits = 'waits for ready workers: 1 of 2 (cluster.minWorkers)';
    expect(seen).toEqual([`STARTING: ${waits}`, 'RUNNING: trains', `RUNNING: ${waits}`]);
  });

  it('says beside what it does that checkpoints cannot be stored, once, until one can', async () => {
    const { job, seen } = await begun(1);
    job.workersChanged('w1', 'ready', 1);
    for (let i = 0; i < 3; i++) job.checkpointFailed(new LockstepError('STORAGE_FULL', 'no room'));
    job.waiting('slices of w1, 3 s');
    job.waiting('');
    const pointer = { object: 'j-1.1.7', term: 1, step: 7, sha256: '', bytes: 1, at: NOW.toISOString() };
    await job.checkpointed(pointer, 2);
    job.checkpointFailed(new LockstepError('STORAGE_FULL', 'no room'));
    const warned = 'RUNNING: trains; checkpoints cannot be stored (STORAGE_FULL)';
    expect(seen).toEqual([
      ...['RUNNING: trains', `${warned}: there is none yet`, 'RUNNING: waits for slices of w1, 3 s'],
      ...[`${warned}: there is none yet`, 'RUNNING: trains', `${warned}: the newest is that of step 7`],
    ]);
  });

  it('still says that it pauses when the last worker goes', async () => {
    const { job, seen } = await begun(1);
    job.workersChanged('w1', 'ready', 1);
    job.pausing();
    job.workersChanged('w1', 'lost (left)', 0);
    expect(seen.at(-1)).toBe('STARTING: pauses after the step that is under way');
  });
});

describe('following a job', () => {
  it('starts with the whole status, and goes on with what happens', async () => {
    const job = await createJob();
    const events = follow(job);
    await job.begin(NOW);
    job.workersChanged('w1', 'ready', 1);
    expect(events.map(({ event }) => event.type)).toEqual(['state', 'state', 'worker', 'state']);
    const numbers = events.map(({ number }) => number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('brings what was missed, and nothing twice', async () => {
    const job = await createJob();
    await job.begin(NOW);
    const events = follow(job);
    job.workersChanged('w1', 'ready', 1);
    const seen = events[1]?.number as number;
    const later = follow(job, seen);
    expect(later.map(({ number }) => number)).toEqual(events.slice(2).map(({ number }) => number));
  });

  it('tells a follower of an earlier coordinator what became of the job', async () => {
    const job = await createJob();
    await job.begin(NOW);
    const before = follow(job);
    for (let i = 0; i < 50; i++) job.workersChanged('w1', 'ready', 1);
    const last = before.at(-1)?.number as number;
    const next = await takeUp();
    const events = follow(next, last);
    await next.begin(NOW);
    await next.failed(cancelled(), NOW);
    expect(events.at(-1)?.event).toMatchObject({ type: 'state', status: { state: 'CANCELLED', term: 2 } });
    expect(events.every(({ number }) => number > last)).toBe(true);
    const late = follow(await takeUp(), last);
    expect(late.at(-1)?.event).toMatchObject({ type: 'state', status: { state: 'CANCELLED' } });
  });

  it('tells who comes back after the end that it is over', async () => {
    const job = await createJob();
    await job.begin(NOW);
    await job.failed(cancelled(), NOW);
    const [whole] = follow(job);
    expect(follow(job, whole?.number).at(-1)?.event).toMatchObject({ type: 'state', status: { state: 'CANCELLED' } });
  });
});
