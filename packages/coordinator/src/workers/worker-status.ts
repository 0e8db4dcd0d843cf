/** What is shown of a worker. */
import { bytesOnWorker, type Member, type WorkerStatus } from '@lockstep/core';
import type { JobRecord } from '../jobs/job-store.js';

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
