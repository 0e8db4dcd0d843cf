/** What can be asked about jobs, and by whom: submit, list, pause, cancel, repeat, delete. Jobs survive restarts. */
import {
  isFinal,
  LOCAL_PRINCIPAL,
  LockstepError,
  type JobPlan,
  type JobStatus,
  type LossReason,
  type Member,
  type Page,
  type Principal,
} from '@lockstep/core';
import type { Frame, HeldJob, PartFrame } from '@lockstep/proto';
import { untilReachable, type Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import type { Compiler } from '../compile/compiler.js';
import type { DatasetStore } from '../datasets/dataset-store.js';
import type { Job } from './job.js';
import type { ExecutionContext } from '../training/job-execution.js';
import type { DropReason } from '../training/training-observer.js';
import { JobFiles } from './job-files.js';
import { JobIndex } from './job-index.js';
import { JobIntake } from './job-intake.js';
import { JobScheduler, writing, type SchedulerLimits } from './job-scheduler.js';
import { compileLimits, conflict, seesAll, type ListOptions, type SubmitOptions } from './job-requests.js';
import { JobStore, type JobRecord, type StoredJob } from './job-store.js';
import type { ModelRegistry } from '../models/registry.js';

export interface JobServiceContext extends Pick<ExecutionContext, 'observer'> {
  readonly transport: Transport;
  readonly log: Logger;
  readonly datasets: DatasetStore;
  readonly models: ModelRegistry;
  readonly compiler: Compiler;
  /** The coordinator's folder. */
  readonly dataDir: string;
  /** Workers that are in the cluster now. */
  readonly members: () => readonly Member[];
  readonly member: (worker: string) => Member | undefined;
  readonly limits?: SchedulerLimits;
}

export class JobService {
  readonly #context: JobServiceContext;
  readonly #store: JobStore;
  readonly #index = new JobIndex();
  readonly #files: JobFiles;
  readonly #scheduler: JobScheduler;
  readonly #intake: JobIntake;

  private constructor(context: JobServiceContext, store: JobStore, execution: ExecutionContext) {
    this.#context = context;
    this.#store = store;
    this.#files = execution.files;
    const limits = compileLimits(context.limits);
    const scheduler = new JobScheduler(execution, limits, (id) => this.#index.get(id)?.term);
    this.#scheduler = scheduler;
    this.#intake = new JobIntake({ ...context, store, index: this.#index, scheduler, limits });
  }

  /** Opens the stores; jobs that were running or queued when the last coordinator ended are taken up again. */
  static async open(context: JobServiceContext): Promise<JobService> {
    const { transport } = context;
    const [store, files] = await Promise.all([
      JobStore.open(transport),
      JobFiles.open(transport, context.dataDir, context.log),
    ]);
    const service = new JobService(context, store, { ...context, files });
    const jobs = await untilReachable(() =>
      store.all((key, error) => {
        context.log.error({ job: key, error }, 'the record of a job cannot be read: it is left out');
      }),
    );
    for (const job of jobs) service.#restore(job);
    void files.clearUp((id) => service.#index.get(id));
    service.#scheduler.decide();
    return service;
  }

  /** Frames that were dropped and belong to no job that runs, by reason. */
  get droppedFrames(): ReadonlyMap<string, number> {
    return this.#scheduler.dropped;
  }

  /** Jobs in the order of their submission, for whoever counts them. */
  get all(): readonly Job[] {
    return this.#index.all;
  }

  /** @throws LockstepError INVALID_SPEC with every fault */
  plan(spec: unknown): JobPlan {
    return this.#intake.plan(spec);
  }

  /** The plan of a job as it is submitted: with the model that it starts from pinned. @throws LockstepError INVALID_SPEC */
  async check(spec: unknown): Promise<JobPlan> {
    return this.#intake.check(spec);
  }

  /**
   * Checks the job completely and queues it. Its graphs are recorded first if it would begin at once, and while it
   * waits otherwise: then one that cannot be recorded ends as FAILED.
   * @throws LockstepError INVALID_SPEC, MODEL_NOT_RECORDABLE, QUEUE_FULL, CONFLICT, INVALID_OPTION
   */
  async submit(spec: unknown, options: SubmitOptions = LOCAL_PRINCIPAL): Promise<Job> {
    return this.#intake.submit(spec, options);
  }

  list(): JobStatus[];
  /** Newest first. @throws LockstepError INVALID_OPTION for a cursor that no list has given */
  list(options: ListOptions): Page<JobStatus>;
  list(options?: ListOptions): JobStatus[] | Page<JobStatus> {
    if (options === undefined) return this.#index.all.map((job) => job.status);
    const { principal, states, limit, cursor } = options;
    const owner = seesAll(principal) ? undefined : principal.owner;
    return this.#index.page({ ...(owner !== undefined && { owner }), ...(states && { states }) }, limit, cursor);
  }

  /** @throws LockstepError NOT_FOUND, also for a job of someone else */
  get(id: string, principal: Principal = LOCAL_PRINCIPAL): Job {
    const job = this.#index.get(id);
    if (job !== undefined && (seesAll(principal) || job.record.owner === principal.owner)) return job;
    throw new LockstepError('NOT_FOUND', `there is no job ${JSON.stringify(id.slice(0, 80))}`);
  }

  /** @throws LockstepError NOT_FOUND, CONFLICT when it is over, REVISION_CONFLICT */
  async cancel(id: string, principal: Principal = LOCAL_PRINCIPAL): Promise<Job> {
    const job = this.get(id, principal);
    const { state } = job.status;
    if (isFinal(state)) throw conflict(job, 'cannot be cancelled');
    const execution = this.#scheduler.execution(id);
    if (execution !== undefined) execution.cancel();
    else if (state !== 'CANCELLING') {
      this.#scheduler.withdraw(job);
      await writing(job, job.failed(new LockstepError('CANCELLED', 'the job was cancelled'), new Date()));
      this.#context.observer?.jobEnded(job.status);
      // One that was paused has run.
      void this.#files.sweep(job);
    }
    return job;
  }

  /**
   * Keeps the job from starting, or stops it after the step that is under way, until it is resumed.
   * @throws LockstepError NOT_FOUND, CONFLICT, REVISION_CONFLICT
   */
  async pause(id: string, principal: Principal = LOCAL_PRINCIPAL): Promise<Job> {
    const job = this.get(id, principal);
    const { state } = job.status;
    if (state === 'PAUSED') return job;
    const execution = this.#scheduler.execution(id);
    if (execution !== undefined && state !== 'CANCELLING') execution.pause();
    else if (this.#scheduler.withdraw(job)) await writing(job, job.paused());
    else throw conflict(job, 'cannot be paused');
    return job;
  }

  /** @throws LockstepError NOT_FOUND, CONFLICT when it is not paused, REVISION_CONFLICT */
  async resume(id: string, principal: Principal = LOCAL_PRINCIPAL): Promise<Job> {
    const job = this.get(id, principal);
    // It is PAUSED a moment before its execution is over.
    if (job.status.state === 'PAUSED') await this.#scheduler.ended(id);
    if (job.status.state !== 'PAUSED') throw conflict(job, 'cannot be resumed');
    await writing(job, job.queued('waits for its turn'));
    // Cancelled while that was written, it must not come back.
    if (isFinal(job.status.state)) return job;
    this.#scheduler.enqueue(job);
    this.#scheduler.decide();
    return job;
  }

  /**
   * Submits the job once more, as it was or changed, for whoever asks. As it was, one that did not succeed goes on from
   * its newest checkpoint: the weights are the same either way.
   * @throws LockstepError NOT_FOUND, CONFLICT while it is not over, and what submit throws
   */
  async retry(id: string, principal: Principal, spec?: unknown): Promise<Job> {
    const job = this.get(id, principal);
    if (!isFinal(job.status.state)) throw conflict(job, 'is not over: it cannot be tried again');
    const [newest] = spec === undefined && job.status.state !== 'SUCCEEDED' ? job.checkpoints : [];
    const retried = { retryOf: id, ...(newest === undefined ? {} : { retriedFrom: newest }) };
    return this.#intake.submit(spec ?? job.record.spec, { owner: principal.owner }, retried);
  }

  /** Forgets a job that is over; its model stays. @throws LockstepError NOT_FOUND, CONFLICT while it is not over */
  async delete(id: string, principal: Principal): Promise<void> {
    const job = this.get(id, principal);
    if (!isFinal(job.status.state)) {
      throw new LockstepError('CONFLICT', `job ${id} is ${job.status.state}: it cannot be deleted`, {
        hint: 'Cancel it first.',
      });
    }
    // First: nobody finds those of a job that is not known any more.
    await untilReachable(() => this.#files.delete(id));
    await untilReachable(() => this.#store.delete(id));
    this.#index.remove(job);
    this.#intake.forget(job);
  }

  workerJoined(member: Member): void {
    this.#scheduler.workerJoined(member);
  }

  workerLost(worker: string, reason: LossReason): void {
    this.#scheduler.workerLost(worker, reason);
  }

  workerHolds(member: Member, holds: readonly HeldJob[]): void {
    this.#scheduler.workerHolds(member, holds);
  }

  workerSaid(frame: Frame): void {
    const member = 'worker' in frame ? this.#context.member(frame.worker) : undefined;
    if (member !== undefined) this.#scheduler.workerSaid(frame, member);
  }

  part(frame: PartFrame): void {
    this.#scheduler.part(frame);
  }

  frameDropped(reason: DropReason): void {
    this.#scheduler.frameDropped(reason);
  }

  /** Whether this coordinator has called the worker to the job, lately or before. */
  hasCalled(worker: string, job: string): boolean {
    return this.#index.get(job)?.crew.has(worker) === true;
  }

  /** Of the jobs that a worker holds. */
  recordsOf(worker: string): JobRecord[] {
    return this.#scheduler.jobsOf(worker).map(({ record }) => record);
  }

  /** Stops without ending the jobs that run: the next coordinator takes them up. */
  async close(): Promise<void> {
    await this.#scheduler.close();
  }

  #restore(stored: StoredJob): void {
    const job = this.#intake.restore(stored);
    const { state } = job.status;
    if (isFinal(state) || state === 'PAUSED') return;
    if (state !== 'CANCELLING') {
      this.#scheduler.enqueue(job, state !== 'QUEUED');
      return;
    }
    job.failed(new LockstepError('CANCELLED', 'the job was cancelled'), new Date()).then(
      () => this.#files.sweep(job),
      (error: unknown) => {
        this.#context.log.error({ error, job: job.id }, 'the end of the job could not be recorded');
      },
    );
  }
}
