/** Which jobs that run get workers that have come, or that have room again since another job has ended. */
import { fitsAlone, MemoryRoom, type WorkerRoom } from './memory-room.js';
import type { JobStart, RunningJob } from './start-decision.js';

/** @returns what each job gets besides the workers it has; jobs that get none are left out */
export function giveMoreWorkers(running: readonly RunningJob[], workers: readonly WorkerRoom[]): JobStart[] {
  const room = new MemoryRoom(workers);
  for (const job of running) room.take(job, job.workers);
  const given = running.map((job): JobStart => {
    const more = room.fitting(job).filter((worker) => !job.workers.includes(worker));
    room.take(job, more);
    return { id: job.id, workers: more };
  });
  return [...given.filter((more) => more.workers.length > 0), ...unlocked(running, workers, given)];
}

/**
 * When no job has enough workers, each may wait for what the others hold, and nobody would ever end. Then the first one
 * gets every worker that could hold it alone: rather too little memory for a while than to stand still for ever.
 */
function unlocked(
  running: readonly RunningJob[],
  workers: readonly WorkerRoom[],
  given: readonly JobStart[],
): JobStart[] {
  const gets = (job: RunningJob): number =>
    job.workers.length + (given.find(({ id }) => id === job.id)?.workers.length ?? 0);
  if (running.length < 2 || running.some((job) => gets(job) >= job.minWorkers)) return [];
  for (const job of running) {
    const has = [...job.workers, ...(given.find(({ id }) => id === job.id)?.workers ?? [])];
    const more = workers.filter((worker) => fitsAlone(job, worker) && !has.includes(worker.worker));
    if (has.length + more.length >= job.minWorkers) {
      return [{ id: job.id, workers: more.map(({ worker }) => worker) }];
    }
  }
  return [];
}
