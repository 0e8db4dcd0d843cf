/** What is shown of a worker. */
import type { Member, WorkerStatus } from '@lockstep/core';

/** @param jobs that it holds */
export function workerStatus(member: Member, jobs: readonly string[]): WorkerStatus {
  const { worker, threads, host, pid, cpuClass, draining } = member;
  const state = draining ? 'DRAINING' : jobs.length > 0 ? 'WORKING' : 'IDLE';
  return { id: worker, state, threads, host, pid, cpuClass, jobs };
}
