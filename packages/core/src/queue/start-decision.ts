/**
 * Which queued jobs start now, and what the others wait for. Higher priorities go first, and among equals who came
 * first. Jobs that run share all workers, so a job that waits for more workers keeps nobody else back.
 */

/** Jobs that run at the same time, at most: each thread of a worker keeps the graphs of all of them loaded. */
export const JOBS_SIDE_BY_SIDE = 4;

/** What the decision needs to know of a job that waits. */
export interface QueuedJob {
  readonly id: string;
  readonly owner: string;
  /** Higher goes first. */
  readonly priority: number;
  /** Order of submission. */
  readonly sequence: number;
  /** Workers without which it does not begin. */
  readonly minWorkers: number;
  /** It had begun before the coordinator was restarted: it gets its place back before anyone else gets one. */
  readonly begun: boolean;
}

export interface RunningJob {
  readonly id: string;
  readonly owner: string;
}

export interface RunningLimits {
  /** Jobs that run side by side. */
  readonly maxRunning: number;
  readonly maxRunningPerOwner: number;
}

export interface StartDecision {
  /** Ids, in the order in which they start. */
  readonly start: readonly string[];
  /** A sentence for each job that goes on waiting. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** @param workers in the cluster now, without those that are leaving */
export function decideStarts(
  queued: readonly QueuedJob[],
  running: readonly RunningJob[],
  workers: number,
  limits: RunningLimits,
): StartDecision {
  const start: string[] = [];
  const reasons = new Map<string, string>();
  const ofOwner = new Map<string, number>();
  for (const { owner } of running) count(ofOwner, owner);
  /** Jobs that could start if there were a place. */
  let before = 0;
  for (const job of [...queued].sort(compareTurns)) {
    const taken = running.length + start.length;
    const own = ofOwner.get(job.owner) ?? 0;
    if (workers < job.minWorkers) {
      reasons.set(job.id, `waits for workers: ${String(workers)} of ${String(job.minWorkers)} (cluster.minWorkers)`);
    } else if (taken >= limits.maxRunning) {
      reasons.set(job.id, placeReason(before, taken, limits.maxRunning));
      before += 1;
    } else if (own >= limits.maxRunningPerOwner) {
      const counts = `${String(own)} of ${String(limits.maxRunningPerOwner)}`;
      reasons.set(job.id, `waits for a job of its owner to end: ${counts} run (maxRunningPerOwner)`);
    } else {
      start.push(job.id);
      count(ofOwner, job.owner);
    }
  }
  return { start, reasons };
}

/** Negative when `a` is before `b`. */
export function compareTurns(a: QueuedJob, b: QueuedJob): number {
  if (a.begun !== b.begun) return a.begun ? -1 : 1;
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.sequence !== b.sequence) return a.sequence - b.sequence;
  return a.id < b.id ? -1 : 1;
}

function placeReason(before: number, running: number, maxRunning: number): string {
  if (before > 0) return `waits for its turn: ${String(before)} ${before === 1 ? 'job' : 'jobs'} before it`;
  return `waits for a free place: ${String(running)} of ${String(maxRunning)} jobs run (maxRunning)`;
}

function count(counts: Map<string, number>, owner: string): void {
  counts.set(owner, (counts.get(owner) ?? 0) + 1);
}
