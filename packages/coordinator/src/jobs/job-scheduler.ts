/** Jobs that wait and jobs that run: does what the decisions in core say, and leads frames to the job they are for. */
import {
  decideStarts,
  giveMoreWorkers,
  isLockstepError,
  type LossReason,
  type Member,
  type QueueLimits,
  type RunningJob,
  type RunningLimits,
} from '@lockstep/core';
import { subjects, type Frame, type HeldJob, type PartFrame } from '@lockstep/proto';
import { publishFrame } from '@lockstep/transport';
import type { Job } from './job.js';
import { JobExecution, type ExecutionContext } from '../training/job-execution.js';
import type { DropReason } from '../training/training-observer.js';

export interface SchedulerLimits extends RunningLimits, QueueLimits {}

/** A job that has begun. */
interface ActiveJob {
  readonly execution: JobExecution;
  /** Workers that it was given, ready for it or not. */
  readonly workers: Set<string>;
  /** Resolves when its execution is over. */
  ended: Promise<void>;
}

export class JobScheduler {
  readonly #context: ExecutionContext;
  readonly #limits: RunningLimits;
  readonly #queued = new Map<string, { readonly job: Job; readonly begun: boolean }>();
  readonly #active = new Map<string, ActiveJob>();
  readonly #lastTerm: (job: string) => number | undefined;
  readonly #dropped = new Map<string, number>();
  #closed = false;

  /** @param lastTerm of a job, running or not; undefined for one that is not known */
  constructor(context: ExecutionContext, limits: RunningLimits, lastTerm: (job: string) => number | undefined) {
    this.#context = context;
    this.#limits = limits;
    this.#lastTerm = lastTerm;
  }

  /** Frames that were dropped and belong to no job that runs, by reason. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  /** Whether a job that came now could begin at once, as far as other jobs are concerned. */
  get hasPlace(): boolean {
    return this.#queued.size === 0 && this.#active.size < this.#limits.maxRunning;
  }

  /** @param begun it ran when the coordinator before this one ended */
  enqueue(job: Job, begun = false): void {
    this.#queued.set(job.id, { job, begun });
  }

  /** Takes the job out of the queue. @returns false when it is not there */
  withdraw(job: Job): boolean {
    const there = this.#queued.delete(job.id);
    if (there) this.decide();
    return there;
  }

  isQueued(job: Job): boolean {
    return this.#queued.has(job.id);
  }

  execution(id: string): JobExecution | undefined {
    return this.#active.get(id)?.execution;
  }

  /** Resolves when the job does not run any more. */
  async ended(id: string): Promise<void> {
    await this.#active.get(id)?.ended;
  }

  /** Jobs that a worker holds. */
  jobsOf(worker: string): Job[] {
    const executions = [...this.#active.values()].map(({ execution }) => execution);
    return executions.filter(({ workers }) => workers.includes(worker)).map(({ job }) => job);
  }

  /** Shares the workers out: starts what may start, and tells the others what they wait for. */
  decide(): void {
    if (this.#closed) return;
    const workers = this.#context.members();
    for (const { id, workers: more } of giveMoreWorkers(this.#running(), workers)) this.#give(id, more);
    const queued = [...this.#queued.values()].map(({ job, begun }) => {
      const { id, owner, priority, sequence, minWorkers, threadBytes = 0 } = job.record;
      return { id, owner, priority, sequence, minWorkers, threadBytes, begun };
    });
    const { start, reasons, positions } = decideStarts(queued, this.#running(), workers, this.#limits);
    for (const [id, reason] of reasons) this.#queued.get(id)?.job.waitsInQueue(reason, positions.get(id));
    for (const { id, workers: given } of start) this.#start(id, given);
  }

  /** A worker that has come, or said hello again, goes to the jobs that it has room for. */
  workerJoined({ worker }: Member): void {
    for (const active of this.#active.values()) active.workers.delete(worker);
    this.decide();
  }

  workerLost(worker: string, reason: LossReason): void {
    for (const { execution, workers } of this.#active.values()) {
      workers.delete(worker);
      execution.workerLost(worker, reason);
    }
    this.decide();
  }

  workerSaid(frame: Frame, member: Member): void {
    if (!('job' in frame && 'term' in frame)) return;
    const { job, term } = frame;
    const execution = this.execution(job);
    if (term === execution?.job.term) execution.workerSaid(frame, member);
    else this.#releaseAgain(member, frame);
  }

  /** Where a worker holds what is over, its release was lost: on its connection, or on this one. */
  workerHolds(member: Member, holds: readonly HeldJob[]): void {
    for (const held of holds) {
      if (held.term !== this.execution(held.job)?.job.term) this.#releaseAgain(member, held);
    }
  }

  part(frame: PartFrame): void {
    const execution = this.execution(frame.job);
    if (execution === undefined) this.#count('stale-job');
    else execution.part(frame);
  }

  /** A frame was refused before anyone knew whose it was: jobs that run show it, since it may explain what they wait for. */
  frameDropped(reason: DropReason): void {
    this.#count(reason);
    for (const { execution } of this.#active.values()) execution.job.rejected(reason);
  }

  /** Stops without ending the jobs that run: the next coordinator takes them up. */
  async close(): Promise<void> {
    this.#closed = true;
    const active = [...this.#active.values()];
    for (const { execution } of active) execution.abandon();
    await Promise.all(active.map(({ ended }) => ended));
  }

  #releaseAgain({ worker }: Member, { job, term }: HeldJob): void {
    // A term that is not known here may be another coordinator's.
    if (term > (this.#lastTerm(job) ?? -1)) return;
    publishFrame(this.#context.transport.control, subjects.order(worker), { type: 'release', job, term });
  }

  #count(reason: DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    this.#context.observer?.rejected(reason);
  }

  #running(): RunningJob[] {
    return [...this.#active].map(([id, { execution, workers }]) => {
      const { owner, minWorkers, threadBytes = 0 } = execution.job.record;
      return { id, owner, minWorkers, threadBytes, workers: [...workers] };
    });
  }

  #give(id: string, workers: readonly string[]): void {
    const active = this.#active.get(id);
    for (const member of this.#context.members()) {
      if (active === undefined || !workers.includes(member.worker)) continue;
      active.workers.add(member.worker);
      active.execution.job.crew.add(member.worker);
      active.execution.workerJoined(member);
    }
  }

  #start(id: string, given: readonly string[]): void {
    const job = this.#queued.get(id)?.job;
    if (job === undefined) return;
    this.#queued.delete(id);
    const workers = new Set(given);
    for (const worker of given) job.crew.add(worker);
    const members = () => this.#context.members().filter(({ worker }) => workers.has(worker));
    const execution = new JobExecution({ ...this.#context, members }, job);
    const active: ActiveJob = { execution, workers, ended: Promise.resolve() };
    this.#active.set(id, active);
    active.ended = execution.execute(undefined).then((end) => {
      this.#active.delete(id);
      job.forgetPlan();
      if (end === 'finished') this.#context.observer?.jobEnded(job.status);
      if (end === 'abandoned' && !this.#closed) this.#lost(job);
      this.decide();
    });
  }

  #lost(job: Job): void {
    job.lost();
    this.#context.log.error({ job: job.id }, 'another coordinator has taken the job over');
  }
}

/** Whether a write failed since another coordinator has written the record. */
function isTakenOver(error: unknown): boolean {
  return isLockstepError(error, 'REVISION_CONFLICT');
}

/** A job whose record another coordinator has written is not this one's any more. */
export async function writing(job: Job, write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (isTakenOver(error)) job.lost();
    throw error;
  }
}
