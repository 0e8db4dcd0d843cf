import { initialWeights, LockstepError, type DatasetManifest, type Member } from '@lockstep/core';
import { recordJob } from '@lockstep/engine';
import type { Frame } from '@lockstep/proto';
import { MemoryNetwork } from '@lockstep/transport';
import { beforeEach, expect, it } from 'vitest';
import { FakeWorker, JOB, settle, silentLog, TERM } from '../testing/fake-worker.js';
import { smallPlan } from '../testing/small-job.js';
import type { JobRunOptions } from './job-run-options.js';
import { JobRun } from './job-run.js';

const canary = '0'.repeat(64);
const member = (worker: string): Member => ({
  ...{ worker, session: 's', threads: 1, host: 'h', pid: 1, cpuClass: 'c', memoryBytes: 1e9 },
  ...{ lastHeard: 0, draining: false },
});

let network: MemoryNetwork;
let workers: FakeWorker[];
beforeEach(() => {
  network = new MemoryNetwork();
  workers = ['w1', 'w2'].map((name) => new FakeWorker(network, name, 1));
  for (const worker of workers) worker.answer = () => undefined;
});

const nothing = new Proxy({}, { get: () => () => undefined });

/** A run that waits for its workers; `says` is what a worker says to it. */
function openRun(listener = nothing): { run: JobRun; says: (worker: string, frame: object) => void } {
  const plan = smallPlan();
  const run = new JobRun({
    ...{ transport: network.connect('coordinator'), log: silentLog, job: JOB, term: TERM, plan, start: undefined },
    compiled: { graphs: recordJob(plan), canary, initialWeights: initialWeights(plan.model, plan.seed) },
    manifest: { rowsPerShard: 100 } as DatasetManifest,
    listener: listener as JobRunOptions['listener'],
    checkpoints: nothing as JobRunOptions['checkpoints'],
  });
  const says = (worker: string, frame: object): void => {
    run.workerSaid({ worker, job: JOB, term: TERM, ...frame } as Frame, member(worker));
  };
  return { run, says };
}

it('counts a failure that a worker says again once, and tells who speaks after its end that it is over', async () => {
  const { run, says } = openRun();
  const ended = run.run(['w1', 'w2'].map(member)).catch((error: unknown) => error);
  for (const worker of ['w1', 'w2']) says(worker, { type: 'prepared', canary });
  await settle();
  expect(run.workers).toEqual(['w1', 'w2']);
  const failed = { type: 'failed', round: 1, code: 'NATIVE_FAILED', message: 'no' };
  for (let time = 0; time < 5; time++) says('w1', failed);
  await settle();
  expect(run.workers).toEqual(['w2']);
  says('w2', failed);
  expect(await ended).toMatchObject({ code: 'NATIVE_FAILED' });
  says('w1', failed);
  await settle();
  const releases = workers.map(({ heard }) => heard.filter(({ type }) => type === 'release').length);
  expect(releases).toEqual([2, 1]);
});

it('refuses a worker that computes other bits once, however often it says so, until it has come anew', async () => {
  const refused: string[] = [];
  const workersChanged = (worker: string, change: string): void => void refused.push(`${worker} ${change}`);
  const listener = { get: (_: object, name: string) => (name === 'workersChanged' ? workersChanged : () => undefined) };
  const { run, says } = openRun(new Proxy({}, listener));
  const ended = run.run([member('w1')]).catch((error: unknown) => error);
  for (let time = 0; time < 3; time++) says('w1', { type: 'prepared', canary: '1'.repeat(64) });
  expect(refused).toEqual(['w1 refused: it computes other bits than the coordinator']);
  expect(run.workers).toEqual([]);
  run.workerLost('w1', 'left');
  run.workerJoined(member('w1'));
  says('w1', { type: 'prepared', canary: '1'.repeat(64) });
  expect(refused).toHaveLength(2);
  run.abort(new LockstepError('CANCELLED', 'enough'));
  await ended;
});
