/**
 * Which queued jobs start now, on which workers, and what the others wait for. Higher priorities go first, and among
 * equals who came first. Jobs that run share all workers, so a job that waits for more or larger workers keeps nobody
 * else back. One that waits for memory of jobs that run does: smaller ones would pass it for ever.
 */
import { formatGibibytes } from '../spec/memory.js';
import { bytesOnWorker, fitsAlone, MemoryRoom, type MemoryNeed, type WorkerRoom } from './memory-room.js';

/** Jobs that run at the same time, at most: each thread of a worker keeps the graphs of all of them loaded. */
export const JOBS_SIDE_BY_SIDE = 4;

/** What the decision needs to know of a job that waits. */
export interface QueuedJob extends MemoryNeed {
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

export interface RunningJob extends MemoryNeed {
  readonly id: string;
  readonly owner: string;
  readonly minWorkers: number;
  /** Those that hold it, or get ready for it. */
  readonly workers: readonly string[];
}

export interface RunningLimits {
  /** Jobs that run side by side. */
  readonly maxRunning: number;
  readonly maxRunningPerOwner: number;
}

/** A worker that a job gets. */
export interface JobStart {
  readonly id: string;
  readonly workers: readonly string[];
}

export interface StartDecision {
  /** In the order in which they start. */
  readonly start: readonly JobStart[];
  /** A sentence for each job that goes on waiting, with its position in the queue. */
  readonly reasons: ReadonlyMap<string, string>;
  /** The same position as a number: 1 is the next. */
  readonly positions: ReadonlyMap<string, number>;
}

/** @param workers in the cluster now, without those that are leaving */
export function decideStarts(
  queued: readonly QueuedJob[],
  running: readonly RunningJob[],
  workers: readonly WorkerRoom[],
  limits: RunningLimits,
): StartDecision {
  const round = new StartRound(running, workers, limits);
  const waiting = [...queued].sort(compareTurns).flatMap((job) => {
    const reason = round.consider(job);
    return reason === undefined ? [] : [{ id: job.id, reason }];
  });
  const of = String(waiting.length);
  const reasons = new Map(
    waiting.map(({ id, reason }, index) => [id, `${reason}; position ${String(index + 1)} of ${of}`]),
  );
  const positions = new Map(waiting.map(({ id }, index) => [id, index + 1]));
  return { start: round.start, reasons, positions };
}

/** Negative when `a` is before `b`. */
export function compareTurns(a: QueuedJob, b: QueuedJob): number {
  if (a.begun !== b.begun) return a.begun ? -1 : 1;
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.sequence !== b.sequence) return a.sequence - b.sequence;
  return a.id < b.id ? -1 : 1;
}

/** Jobs are considered one after the other, in the order of their turns. */
class StartRound {
  readonly start: JobStart[] = [];
  readonly #running: number;
  readonly #workers: readonly WorkerRoom[];
  readonly #limits: RunningLimits;
  readonly #room: MemoryRoom;
  readonly #ofOwner = new Map<string, number>();
  /** Jobs that wait for a place or for memory of others. */
  #before = 0;
  #memoryAwaited = false;

  constructor(running: readonly RunningJob[], workers: readonly WorkerRoom[], limits: RunningLimits) {
    this.#running = running.length;
    this.#workers = workers;
    this.#limits = limits;
    this.#room = new MemoryRoom(workers);
    for (const job of running) {
      this.#room.take(job, job.workers);
      this.#count(job.owner);
    }
  }

  /** Starts the job or says what it waits for. */
  consider(job: QueuedJob): string | undefined {
    const lacking = this.#lacksWorkers(job);
    if (lacking !== undefined) return lacking;
    const taken = this.#running + this.start.length;
    if (taken >= this.#limits.maxRunning) return this.#placeReason(taken);
    const own = this.#ofOwner.get(job.owner) ?? 0;
    if (own >= this.#limits.maxRunningPerOwner) {
      const counts = `${String(own)} of ${String(this.#limits.maxRunningPerOwner)}`;
      return `waits for a job of its owner to end: ${counts} run (maxRunningPerOwner)`;
    }
    if (this.#memoryAwaited) return this.#turnReason();
    const fitting = this.#room.fitting(job);
    if (fitting.length < job.minWorkers) return this.#memoryReason(job, fitting.length);
    this.#room.take(job, fitting);
    this.start.push({ id: job.id, workers: fitting });
    this.#count(job.owner);
    return undefined;
  }

  /** Whether the cluster could not run the job even if it were alone. */
  #lacksWorkers(job: QueuedJob): string | undefined {
    const count = this.#workers.length;
    const { minWorkers } = job;
    if (count < minWorkers) return `waits for workers: ${String(count)} of ${String(minWorkers)} (cluster.minWorkers)`;
    const capable = this.#workers.filter((worker) => fitsAlone(job, worker)).length;
    if (capable >= minWorkers) return undefined;
    return `waits for larger workers: it takes ${this.#sizeOf(job)}, which ${String(capable)} of ${String(minWorkers)} have (worker --memory)`;
  }

  #placeReason(taken: number): string {
    if (this.#before > 0) return this.#turnReason();
    this.#before += 1;
    return `waits for a free place: ${String(taken)} of ${String(this.#limits.maxRunning)} jobs run (maxRunning)`;
  }

  #turnReason(): string {
    const before = this.#before;
    this.#before += 1;
    return `waits for its turn: ${String(before)} ${before === 1 ? 'job' : 'jobs'} before it`;
  }

  #memoryReason(job: QueuedJob, fitting: number): string {
    this.#before += 1;
    this.#memoryAwaited = true;
    const counts = `${String(fitting)} of ${String(job.minWorkers)}`;
    return `waits for memory of the jobs that run: it takes ${this.#sizeOf(job)}, which ${counts} have free`;
  }

  /** On the worker where it takes least. */
  #sizeOf(job: QueuedJob): string {
    const least = Math.min(...this.#workers.map((worker) => bytesOnWorker(job, worker)));
    return `${formatGibibytes(least)} of a worker`;
  }

  #count(owner: string): void {
    this.#ofOwner.set(owner, (this.#ofOwner.get(owner) ?? 0) + 1);
  }
}
