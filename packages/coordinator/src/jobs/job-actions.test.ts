import type { Member } from '@lockstep/core';
import { subjects } from '@lockstep/proto';
import { BUCKETS } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frameOf, settle } from '../testing/fake-worker.js';
import { ada, specOf, TestJobs } from '../testing/test-jobs.js';

const WAIT = { timeout: 20_000 };

let jobs: TestJobs;
beforeEach(async () => {
  jobs = await TestJobs.open();
});
afterEach(() => jobs.close());

describe('a job in the queue', () => {
  it('can be paused, resumed and cancelled, and is over then', async () => {
    const { id } = await jobs.submit('first', ada);
    expect((await jobs.service.pause(id, ada)).status).toMatchObject({ state: 'PAUSED', reason: 'was paused' });
    await expect(jobs.service.delete(id, ada)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await jobs.service.resume(id, ada)).status.state).toBe('QUEUED');
    expect((await jobs.service.cancel(id, ada)).status.state).toBe('CANCELLED');
    for (const action of ['cancel', 'pause', 'resume'] as const) {
      await expect(jobs.service[action](id, ada)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
  });

  it('tells who follows it what became of it, across a restart of the coordinator as well', async () => {
    const { id } = await jobs.submit('first', ada);
    const numbers: number[] = [];
    const unfollow = jobs.service.get(id).follow(undefined, ({ number }) => numbers.push(number));
    await jobs.submit('urgent', ada, { priority: 1 });
    unfollow();
    await jobs.service.pause(id, ada);
    await jobs.service.close();
    jobs.service = await jobs.openService();
    for (const last of numbers) {
      const states: string[] = [];
      jobs.service
        .get(id)
        .follow(last, ({ event }) => states.push(event.type === 'state' ? event.status.state : event.type));
      expect(states).toEqual(['PAUSED']);
    }
    expect(numbers).toHaveLength(2);
  });

  it('stays cancelled when that happens while it is being resumed', async () => {
    const { id } = await jobs.submit('first', ada);
    await jobs.service.pause(id, ada);
    const resumed = jobs.service.resume(id, ada);
    while (jobs.service.get(id).status.state === 'PAUSED') await Promise.resolve();
    await jobs.service.cancel(id, ada);
    expect((await resumed).status.state).toBe('CANCELLED');
    await jobs.submit('second', ada);
    expect(jobs.service.get(id).status).toMatchObject({ state: 'CANCELLED', queuePosition: null });
  });

  it('can be tried again when it is over, as it was or changed, and be deleted', async () => {
    const { id } = await jobs.submit('first', ada, { priority: 3 });
    await expect(jobs.service.retry(id, ada)).rejects.toMatchObject({ code: 'CONFLICT' });
    await jobs.service.cancel(id, ada);
    const again = await jobs.service.retry(id, ada);
    expect(again.record).toMatchObject({ retryOf: id, owner: 'ada', priority: 3, term: 0 });
    expect(again.record.spec).toEqual(jobs.service.get(id).record.spec);
    const changed = await jobs.service.retry(id, ada, specOf('changed'));
    expect(changed.status).toMatchObject({ name: 'changed', priority: 0, state: 'QUEUED' });
    await jobs.service.delete(id, ada);
    expect(() => jobs.service.get(id)).toThrow('there is no job');
    await jobs.service.close();
    jobs.service = await jobs.openService();
    expect(jobs.namesOf(ada)).toEqual(['changed', 'first']);
  });

  it('leaves no graphs when it is cancelled while it is paused, nor once it is deleted', async () => {
    const graphs = await jobs.network.connect('looker').objectStore(BUCKETS.graphs);
    const [first, second] = [(await jobs.submit('first', ada)).id, (await jobs.submit('second', ada)).id];
    for (const id of [first, second]) {
      await jobs.service.pause(id, ada);
      await graphs.put(`${id}.a`, Uint8Array.of(1));
    }
    await jobs.service.close();
    jobs.service = await jobs.openService();
    await jobs.service.cancel(first, ada);
    await expect.poll(() => graphs.list(), WAIT).toEqual([`${second}.a`]);
    let refused = 0;
    jobs.network.storeFault = ({ kind }) => {
      if (kind !== 'delete') return 'none';
      refused += 1;
      return 'fail';
    };
    await jobs.service.cancel(second, ada);
    await expect.poll(() => refused, WAIT).toBe(1);
    jobs.network.storeFault = () => 'none';
    expect(await graphs.list()).toEqual([`${second}.a`]);
    await jobs.service.delete(second, ada);
    expect(await graphs.list()).toEqual([]);
  });

  it('loses the checkpoints that no record lists when it is over, not before, and also those of a coordinator that ended', async () => {
    const checkpoints = await jobs.network.connect('looker').objectStore(BUCKETS.checkpoints);
    const [over, paused] = [(await jobs.submit('over', ada)).id, (await jobs.submit('paused', ada)).id];
    await jobs.service.cancel(over, ada);
    await jobs.service.pause(paused, ada);
    await jobs.service.close();
    for (const job of [over, paused, 'j-unknown']) await checkpoints.put(`${job}.1.5`, Uint8Array.of(1));
    jobs.service = await jobs.openService();
    const left = [`${paused}.1.5`, 'j-unknown.1.5'];
    await expect.poll(() => checkpoints.list(), WAIT).toEqual(left.sort());
    await jobs.service.cancel(paused, ada);
    await expect.poll(() => checkpoints.list(), WAIT).toEqual(['j-unknown.1.5']);
  });
});

describe('a worker that has missed the end of a job', () => {
  it('is told again when it speaks of a term that is over or holds it, also after a restart of the coordinator, and of no other', async () => {
    const releases: unknown[] = [];
    jobs.network.connect('w1').control.subscribe(subjects.order('w1'), ({ data }) => releases.push(frameOf(data)));
    const { id } = await jobs.submit('first');
    const member: Member = {
      ...{ worker: 'w1', session: 's', threads: 1, host: 'h', pid: 1, cpuClass: 'c', memoryBytes: 1e9 },
      ...{ lastHeard: 0, draining: false },
    };
    jobs.members = [member];
    jobs.service.workerJoined(member);
    await expect.poll(() => jobs.ended).toEqual(['FAILED']);
    const { term } = jobs.service.get(id);
    const prepared = { type: 'prepared', worker: 'w1', job: id, term, canary: '0'.repeat(64) } as const;
    // Another coordinator's, if it is true at all.
    jobs.service.workerSaid({ ...prepared, term: term + 1 });
    jobs.service.workerSaid({ ...prepared, job: 'j-other' });
    jobs.service.workerSaid(prepared);
    await settle();
    const release = { type: 'release', job: id, term };
    expect(releases).toEqual([release]);
    const held = [
      { job: id, term: term + 1 },
      { job: 'j-other', term },
      { job: id, term },
    ];
    jobs.service.workerHolds(member, held);
    await settle();
    expect(releases.splice(0)).toEqual([release, release]);
    await jobs.service.close();
    jobs.service = await jobs.openService();
    jobs.service.workerSaid({ ...prepared, term: term + 1 });
    jobs.service.workerSaid(prepared);
    jobs.service.workerHolds(member, held);
    await settle();
    expect(releases).toEqual([release, release]);
  });
});
