import { LOCAL_PRINCIPAL, LockstepError } from '@lockstep/core';
import { BUCKETS } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../testing/fake-worker.js';
import { ada, bob, specOf, TestJobs } from '../testing/test-jobs.js';

let jobs: TestJobs;
beforeEach(async () => {
  jobs = await TestJobs.open();
});
afterEach(() => jobs.close());

describe('a job that is submitted', () => {
  it('waits in the queue and says for what and where', async () => {
    const first = await jobs.submit('first');
    const urgent = await jobs.submit('urgent', LOCAL_PRINCIPAL, { priority: 7 });
    expect(first.status).toMatchObject({
      ...{ state: 'QUEUED', owner: 'local', priority: 0, dataset: { name: 'digits', version: 1 } },
      reason: 'waits for workers: 0 of 1 (cluster.minWorkers); position 2 of 2',
      queuePosition: 2,
    });
    expect(urgent.status.reason).toMatch(/position 1 of 2$/);
    await jobs.service.cancel(urgent.id);
    expect([urgent, first].map(({ status }) => status.queuePosition)).toEqual([null, 1]);
  });

  it('is kept with the version of its dataset, so that it means the same after a restart', async () => {
    const { record } = await jobs.submit('first');
    expect(record.spec).toMatchObject({ data: { train: 'digits@1/train' } });
  });

  it('is refused when its graphs cannot be recorded and it would begin at once', async () => {
    jobs.check = () => Promise.reject(new LockstepError('MODEL_NOT_RECORDABLE', 'no such op'));
    await expect(jobs.submit('first')).rejects.toMatchObject({ code: 'MODEL_NOT_RECORDABLE' });
    expect(jobs.namesOf(LOCAL_PRINCIPAL)).toEqual([]);
  });

  it('does not wait for its graphs when others wait, and fails if they cannot be recorded', async () => {
    await jobs.submit('first');
    let refuse = (_error: unknown): void => undefined;
    jobs.check = () =>
      new Promise((_resolve, reject) => {
        refuse = reject;
      });
    const second = await jobs.submit('second');
    const third = await jobs.submit('third');
    expect(second.status.state).toBe('QUEUED');
    await expect.poll(() => jobs.checked).toHaveLength(2);
    await settle();
    // One at a time: a job that begins must not wait behind the checks of all that wait.
    expect(jobs.checked).toEqual(['first', 'second']);
    jobs.check = () => Promise.resolve();
    refuse(new LockstepError('MODEL_NOT_RECORDABLE', 'no such op'));
    await expect.poll(() => jobs.checked).toEqual(['first', 'second', 'third']);
    await expect.poll(() => jobs.ended).toEqual(['FAILED']);
    expect(second.status).toMatchObject({ state: 'FAILED', failure: { code: 'MODEL_NOT_RECORDABLE' } });
    expect(third.status).toMatchObject({ state: 'QUEUED' });
    expect(third.status.reason).toMatch(/position 2 of 2$/);
  });

  it('is refused when the queue is full, in all or of its owner', async () => {
    await jobs.service.close();
    jobs.service = await jobs.openService({ maxQueued: 3, maxQueuedPerOwner: 2 });
    await jobs.submit('a1', ada);
    await jobs.submit('a2', ada);
    await expect(jobs.submit('a3', ada)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await jobs.submit('b1', bob);
    await expect(jobs.submit('b2', bob)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(jobs.namesOf(ada)).toEqual(['a2', 'a1']);
  });

  it('is the same job as the one before with the same key, also after a restart', async () => {
    const options = { owner: 'ada', idempotencyKey: 'once' };
    const { id } = await jobs.service.submit(specOf('first'), options);
    await jobs.service.close();
    jobs.service = await jobs.openService();
    jobs.isDeleted = true;
    expect((await jobs.service.submit(specOf('first'), options)).id).toBe(id);
    await expect(jobs.service.submit(specOf('other'), options)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(jobs.namesOf(ada)).toEqual(['first']);
  });
});

describe('the queue', () => {
  it('is in the same order after a restart, without jobs that were cancelled, and with paused ones paused', async () => {
    const submitted = [];
    for (const priority of [0, 5, 0, -1, 0]) {
      submitted.push(await jobs.submit(`job-${String(submitted.length)}`, ada, { priority }));
    }
    await jobs.service.cancel(submitted[2]?.id ?? '', ada);
    await jobs.service.pause(submitted[4]?.id ?? '', ada);
    await jobs.service.close();
    jobs.service = await jobs.openService();
    const reasons = jobs.service.all.map(({ status: { name, state, reason } }) => [
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
    const { id } = await jobs.submit('first');
    await (await jobs.network.connect('other').keyValue(BUCKETS.jobs)).update('j-broken', new Uint8Array([1]), 0);
    await jobs.service.close();
    jobs.service = await jobs.openService();
    expect(jobs.service.all.map((job) => job.id)).toEqual([id]);
  });

  it('shows everyone their own jobs, page by page, the newest first', async () => {
    for (const [name, who] of [
      ['a1', ada],
      ['b1', bob],
      ['a2', ada],
      ['a3', ada],
    ] as const) {
      await jobs.submit(name, who);
    }
    const page = jobs.service.list({ principal: ada, limit: 2 });
    expect(page.items.map(({ name }) => name)).toEqual(['a3', 'a2']);
    const rest = jobs.service.list({ principal: ada, limit: 2, cursor: page.nextCursor ?? '' });
    expect(rest).toMatchObject({ items: [{ name: 'a1' }], nextCursor: null });
    expect(jobs.namesOf(LOCAL_PRINCIPAL)).toEqual(['a3', 'a2', 'b1', 'a1']);
    const theirs = jobs.service.all.find(({ status }) => status.name === 'b1')?.id ?? '';
    expect(() => jobs.service.get(theirs, ada)).toThrow('there is no job');
    await expect(jobs.service.cancel(theirs, ada)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
