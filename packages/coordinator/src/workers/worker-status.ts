/** What is shown of a worker. */
import { bytesOnWorker, type Member, type WorkerStatus } from '@lockstep/core';
import type { JobRecord } from '../jobs/job-store.js';
import type { Revocation } from './revoked-workers.js';

/** @param held records of the jobs that it holds */
export function workerStatus(member: Member, held: readonly Pick<JobRecord, 'id' | 'threadBytes'>[]): WorkerStatus {
  const { worker, threads, host, pid, cpuClass, draining, memoryBytes } = member;
  const jobs = held.map(({ id }) => id);
  const shares = held.map(({ id, threadBytes = 0 }) => ({
    ...{ job: id, memoryBytes: bytesOnWorker({ threadBytes }, member), threads: threads / held.length },
  }));
  const state = draining ? 'DRAINING' : jobs.length > 0 ? 'WORKING' : 'IDLE';
  return { id: worker, state, threads, host, pid, cpuClass, memoryBytes, jobs, shares };
}

/** Of a worker that is shut out: what it was is not known any more. */
export function revokedStatus({ worker, host }: Pick<Revocation, 'worker' | 'host'>): WorkerStatus {
  const nothing = { threads: 0, pid: 0, cpuClass: '', memoryBytes: 0, jobs: [], shares: [] };
  return { id: worker, state: 'REVOKED', host, ...nothing };
}
