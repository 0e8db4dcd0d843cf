import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  LOCAL_PRINCIPAL,
  LockstepError,
  type DatasetManifest,
  type JobPlan,
  type Member,
  type Principal,
} from '@lockstep/core';
import { subjects } from '@lockstep/proto';
import { BUCKETS, MemoryNetwork } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Compiler } from '../compile/compiler.js';
import type { DatasetStore } from '../datasets/dataset-store.js';
import { compileLimits } from './job-requests.js';
import { JobService } from './job-service.js';
import { StoredModelRegistry } from '../models/stored-model-registry.js';
import { frameOf, settle, silentLog } from '../testing/fake-worker.js';
import type { TrainingObserver } from '../training/training-observer.js';

const digits: DatasetManifest = {
  name: 'digits',
  version: 1,
  features: { shape: [8, 8, 1], dtype: 'uint8', offset: 0, scale: 1 },
  labels: { kind: 'classes', classNames: ['a', 'b'] },
  rowsPerShard: 100,
  splits: { train: { count: 1000, shards: [] } },
  source: 'made up',
};
let isDeleted = false;
const datasets = {
  find: (name: string) => (name === 'digits' && !isDeleted ? digits : undefined),
  names: () => ['digits'],
} as unknown as DatasetStore;
const specOf = (name: string, changes: object = {}) => ({
  ...{ name, task: 'multiclass', data: { train: 'digits/train' } },
  ...{ model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 2 }] } },
  ...changes,
});
const ada: Principal = { owner: 'ada', scopes: ['read', 'submit'] };
const bob: Principal = { owner: 'bob', scopes: ['read', 'submit'] };

let network: MemoryNetwork;
let folder: string;
/** What the compiler is asked to check, and what it says. */
let checked: string[];
let check: (plan: JobPlan) => Promise<void>;
let service: JobService;
/** States of the jobs whose end was counted. */
let ended: string[];
let coordinators = 0;
let members: Member[];

/** A coordinator of a cluster without workers, as long as there are no members: every job waits. */
async function openService(limits = {}): Promise<JobService> {
  const compiler = {
    check: (plan: JobPlan) => {
      checked.push(plan.spec.name);
      return check(plan);
    },
    compile: () => Promise.reject(new LockstepError('MODEL_NOT_RECORDABLE', 'no such op')),
  } as unknown as Compiler;
  coordinators += 1;
  const transport = network.connect(`coordinator-${String(coordinators)}`);
  const stores = { datasets, models: await StoredModelRegistry.open(transport), compiler, dataDir: folder };
  const workers = { members: () => members, member: (id: string) => members.find(({ worker }) => worker === id) };
  const observer = {
    jobEnded: ({ state }: { readonly state: string }) => ended.push(state),
  } as unknown as TrainingObserver;
  return JobService.open({ transport, log: silentLog, ...stores, ...workers, observer, limits: compileLimits(limits) });
}

beforeEach(async () => {
  network = new MemoryNetwork();
  folder = await mkdtemp(path.join(tmpdir(), 'lockstep-jobs-'));
  checked = [];
  ended = [];
  members = [];
  isDeleted = false;
  check = () => Promise.resolve();
  service = await openService();
});

afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

const submit = (name: string, { owner }: Principal = LOCAL_PRINCIPAL, changes: object = {}) =>
  service.submit(specOf(name, changes), { owner });
const namesOf = (principal: Principal) => service.list({ principal, limit: 50 }).items.map(({ name }) => name);

describe('a job that is submitted', () => {
  it('waits in the queue and says for what and where', async () => {
    const first = await submit('first');
    const urgent = await submit('urgent', LOCAL_PRINCIPAL, { priority: 7 });
    expect(first.status).toMatchObject({
      ...{ state: 'QUEUED', owner: 'local', priority: 0, dataset: { name: 'digits', version: 1 } },
      reason: 'waits for workers: 0 of 1 (cluster.minWorkers); position 2 of 2',
      queuePosition: 2,
    });
    expect(urgent.status.reason).toMatch(/position 1 of 2$/);
    await service.cancel(urgent.id);
    expect([urgent, first].map(({ status }) => status.queuePosition)).toEqual([null, 1]);
  });

  it('is kept with the version of its dataset, so that it means the same after a restart', async () => {
    const { record } = await submit('first');
    expect(record.spec).toMatchObject({ data: { train: 'digits@1/train' } });
  });

  it('is refused when its graphs cannot be recorded and it would begin at once', async () => {
    check = () => Promise.reject(new LockstepError('MODEL_NOT_RECORDABLE', 'no such op'));
    await expect(submit('first')).rejects.toMatchObject({ code: 'MODEL_NOT_RECORDABLE' });
    expect(namesOf(LOCAL_PRINCIPAL)).toEqual([]);
  });

  it('does not wait for its graphs when others wait, and fails if they cannot be recorded', async () => {
    await submit('first');
    let refuse = (_error: unknown): void => undefined;
    check = () =>
      new Promise((_resolve, reject) => {
        refuse = reject;
      });
    const second = await submit('second');
    const third = await submit('third');
    expect(second.status.state).toBe('QUEUED');
    await settle();
    // One at a time: a job that begins must not wait behind the checks of all that wait.
    expect(checked).toEqual(['first', 'second']);
    check = () => Promise.resolve();
    refuse(new LockstepError('MODEL_NOT_RECORDABLE', 'no such op'));
    await settle();
    expect(checked).toEqual(['first', 'second', 'third']);
    expect(second.status).toMatchObject({ state: 'FAILED', failure: { code: 'MODEL_NOT_RECORDABLE' } });
    expect(third.status).toMatchObject({ state: 'QUEUED' });
    expect(ended).toEqual(['FAILED']);
    expect(third.status.reason).toMatch(/position 2 of 2$/);
  });

  it('is refused when the queue is full, in all or of its owner', async () => {
    await service.close();
    service = await openService({ maxQueued: 3, maxQueuedPerOwner: 2 });
    await submit('a1', ada);
    await submit('a2', ada);
    await expect(submit('a3', ada)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await submit('b1', bob);
    await expect(submit('b2', bob)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(namesOf(ada)).toEqual(['a2', 'a1']);
  });

  it('is the same job as the one before with the same key, also after a restart', async () => {
    const options = { owner: 'ada', idempotencyKey: 'once' };
    const { id } = await service.submit(specOf('first'), options);
    await service.close();
    service = await openService();
    isDeleted = true;
    expect((await service.submit(specOf('first'), options)).id).toBe(id);
    await expect(service.submit(specOf('other'), options)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(namesOf(ada)).toEqual(['first']);
  });
});

describe('the queue', () => {
  it('is in the same order after a restart, without jobs that were cancelled, and with paused ones paused', async () => {
    const jobs = [];
    for (const priority of [0, 5, 0, -1, 0]) {
      jobs.push(await submit(`job-${String(jobs.length)}`, ada, { priority }));
    }
    await service.cancel(jobs[2]?.id ?? '', ada);
    await service.pause(jobs[4]?.id ?? '', ada);
    await service.close();
    service = await openService();
    const reasons = service.all.map(({ status: { name, state, reason } }) => [
      ...[name, state],
      /position .*/.exec(reason)?.[0],
    ]);
    expect(reasons).toEqual([
      ['job-0', 'QUEUED', 'position 2 of 3'],
      ['job-1', 'QUEUED', 'position 1 of 3'],
      ['job-2', 'CANCELLED', undefined],
      ['job-3', 'QUEUED', 'position 3 of 3'],
      ['job-4', 'PAUSED', undefined],
    ]);
  });

  it('goes on without a record that cannot be read', async () => {
    const { id } = await submit('first');
    await (await network.connect('other').keyValue(BUCKETS.jobs)).update('j-broken', new Uint8Array([1]), 0);
    await service.close();
    service = await openService();
    expect(service.all.map((job) => job.id)).toEqual([id]);
  });

  it('shows everyone their own jobs, page by page, the newest first', async () => {
    for (const [name, who] of [
      ['a1', ada],
      ['b1', bob],
      ['a2', ada],
      ['a3', ada],
    ] as const) {
      await submit(name, who);
    }
    const page = service.list({ principal: ada, limit: 2 });
    expect(page.items.map(({ name }) => name)).toEqual(['a3', 'a2']);
    const rest = service.list({ principal: ada, limit: 2, cursor: page.nextCursor ?? '' });
    expect(rest).toMatchObject({ items: [{ name: 'a1' }], nextCursor: null });
    expect(namesOf(LOCAL_PRINCIPAL)).toEqual(['a3', 'a2', 'b1', 'a1']);
    const theirs = service.all.find(({ status }) => status.name === 'b1')?.id ?? '';
    expect(() => service.get(theirs, ada)).toThrow('there is no job');
    await expect(service.cancel(theirs, ada)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a job in the queue', () => {
  it('can be paused, resumed and cancelled, and is over then', async () => {
    const { id } = await submit('first', ada);
    expect((await service.pause(id, ada)).status).toMatchObject({ state: 'PAUSED', reason: 'was paused' });
    await expect(service.delete(id, ada)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await service.resume(id, ada)).status.state).toBe('QUEUED');
    expect((await service.cancel(id, ada)).status.state).toBe('CANCELLED');
    for (const action of ['cancel', 'pause', 'resume'] as const) {
      await expect(service[action](id, ada)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
  });

  it('tells who follows it what became of it, across a restart of the coordinator as well', async () => {
    const { id } = await submit('first', ada);
    const numbers: number[] = [];
    const unfollow = service.get(id).follow(undefined, ({ number }) => numbers.push(number));
    await submit('urgent', ada, { priority: 1 });
    unfollow();
    await service.pause(id, ada);
    await service.close();
    service = await openService();
    for (const last of numbers) {
      const states: string[] = [];
      service
        .get(id)
        .follow(last, ({ event }) => states.push(event.type === 'state' ? event.status.state : event.type));
      expect(states).toEqual(['PAUSED']);
    }
    expect(numbers).toHaveLength(2);
  });

  it('stays cancelled when that happens while it is being resumed', async () => {
    const { id } = await submit('first', ada);
    await service.pause(id, ada);
    const resumed = service.resume(id, ada);
    while (service.get(id).status.state === 'PAUSED') await Promise.resolve();
    await service.cancel(id, ada);
    expect((await resumed).status.state).toBe('CANCELLED');
    await submit('second', ada);
    expect(service.get(id).status).toMatchObject({ state: 'CANCELLED', queuePosition: null });
  });

  it('can be tried again when it is over, as it was or changed, and be deleted', async () => {
    const { id } = await submit('first', ada, { priority: 3 });
    await expect(service.retry(id, ada)).rejects.toMatchObject({ code: 'CONFLICT' });
    await service.cancel(id, ada);
    const again = await service.retry(id, ada);
    expect(again.record).toMatchObject({ retryOf: id, owner: 'ada', priority: 3, term: 0 });
    expect(again.record.spec).toEqual(service.get(id).record.spec);
    const changed = await service.retry(id, ada, specOf('changed'));
    expect(changed.status).toMatchObject({ name: 'changed', priority: 0, state: 'QUEUED' });
    await service.delete(id, ada);
    expect(() => service.get(id)).toThrow('there is no job');
    await service.close();
    service = await openService();
    expect(namesOf(ada)).toEqual(['changed', 'first']);
  });

  it('leaves no graphs when it is cancelled while it is paused, nor once it is deleted', async () => {
    const graphs = await network.connect('looker').objectStore(BUCKETS.graphs);
    const [first, second] = [(await submit('first', ada)).id, (await submit('second', ada)).id];
    for (const id of [first, second]) {
      await service.pause(id, ada);
      await graphs.put(`${id}.a`, Uint8Array.of(1));
    }
    await service.cancel(first, ada);
    await settle();
    expect(await graphs.list()).toEqual([`${second}.a`]);
    await graphs.put(`${first}.b`, Uint8Array.of(1));
    await service.delete(first, ada);
    expect(await graphs.list()).toEqual([`${second}.a`]);
  });
});

describe('a worker that has missed the end of a job', () => {
  it('is told again when it speaks of a term that has ended here, and of no other', async () => {
    const releases: unknown[] = [];
    network.connect('w1').control.subscribe(subjects.order('w1'), ({ data }) => releases.push(frameOf(data)));
    const { id } = await submit('first');
    const member: Member = {
      ...{ worker: 'w1', session: 's', threads: 1, host: 'h', pid: 1, cpuClass: 'c', memoryBytes: 1e9 },
      ...{ lastHeard: 0, draining: false },
    };
    members = [member];
    service.workerJoined(member);
    await settle();
    const { status, term } = service.get(id);
    expect({ state: status.state, term }).toEqual({ state: 'FAILED', term: 1 });
    const prepared = { type: 'prepared', worker: 'w1', job: id, term, canary: '0'.repeat(64) } as const;
    // Another coordinator's, if it is true at all.
    service.workerSaid({ ...prepared, term: term + 1 });
    service.workerSaid({ ...prepared, job: 'j-other' });
    service.workerSaid(prepared);
    await settle();
    expect(releases).toEqual([{ type: 'release', job: id, term }]);
  });
});
