/** Jobs that wait and jobs that run: does what the decision in core says, and leads frames to the job they are for. */
import {
  decideStarts,
  isLockstepError,
  type LossReason,
  type Member,
  type QueueLimits,
  type RunningLimits,
} from '@lockstep/core';
import type { Frame, PartFrame } from '@lockstep/proto';
import type { Job } from './job.js';
import { JobExecution, type ExecutionContext } from './job-execution.js';

export interface SchedulerLimits extends RunningLimits, QueueLimits {}

export class JobScheduler {
  readonly #context: ExecutionContext;
  readonly #limits: RunningLimits;
  readonly #queued = new Map<string, { readonly job: Job; readonly begun: boolean }>();
  readonly #active = new Map<string, JobExecution>();
  /** By job: resolve when its execution is over. */
  readonly #ended = new Map<string, Promise<void>>();
  readonly #dropped = new Map<string, number>();
  #closed = false;

  constructor(context: ExecutionContext, limits: RunningLimits) {
    this.#context = context;
    this.#limits = limits;
  }

  /** Frames that were dropped and belong to no job that runs, by reason. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
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

  execution(id: string): JobExecution | undefined {
    return this.#active.get(id);
  }

  /** Resolves when the job does not run any more. */
  async ended(id: string): Promise<void> {
    await this.#ended.get(id);
  }

  /** Jobs that a worker holds. */
  jobsOf(worker: string): string[] {
    return [...this.#active.values()].filter(({ workers }) => workers.includes(worker)).map(({ job }) => job.id);
  }

  /** Starts what may start, and tells the others what they wait for. */
  decide(): void {
    if (this.#closed) return;
    const queued = [...this.#queued.values()].map(({ job, begun }) => {
      const { id, owner, priority, sequence, minWorkers } = job.record;
      return { id, owner, priority, sequence, minWorkers, begun };
    });
    const running = [...this.#active.values()].map(({ job: { id, record } }) => ({ id, owner: record.owner }));
    const { start, reasons } = decideStarts(queued, running, this.#context.members().length, this.#limits);
    for (const [id, reason] of reasons) this.#queued.get(id)?.job.waitsInQueue(reason);
    for (const id of start) this.#start(id);
  }

  workerJoined(member: Member): void {
    for (const execution of this.#active.values()) execution.workerJoined(member);
    this.decide();
  }

  workerLost(worker: string, reason: LossReason): void {
    for (const execution of this.#active.values()) execution.workerLost(worker, reason);
    this.decide();
  }

  workerSaid(frame: Frame, member: Member): void {
    if (!('job' in frame)) return;
    const execution = this.#active.get(frame.job);
    if (frame.term === execution?.job.term) execution.workerSaid(frame, member);
  }

  part(frame: PartFrame): void {
    const execution = this.#active.get(frame.job);
    if (execution === undefined) this.#count('stale-job');
    else execution.part(frame);
  }

  /** A frame was refused before anyone knew whose it was: jobs that run show it, since it may explain what they wait for. */
  frameDropped(reason: string): void {
    this.#count(reason);
    for (const { job } of this.#active.values()) job.rejected(reason);
  }

  /** Stops without ending the jobs that run: the next coordinator takes them up. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const execution of this.#active.values()) execution.abandon();
    await Promise.all(this.#ended.values());
  }

  #count(reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  #start(id: string): void {
    const job = this.#queued.get(id)?.job;
    if (job === undefined) return;
    this.#queued.delete(id);
    const execution = new JobExecution(this.#context, job);
    this.#active.set(id, execution);
    const ended = execution.execute(undefined).then((end) => {
      this.#active.delete(id);
      this.#ended.delete(id);
      job.forgetPlan();
      if (end === 'abandoned' && !this.#closed) this.#lost(job);
      this.decide();
    });
    this.#ended.set(id, ended);
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
