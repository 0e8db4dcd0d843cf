/** How jobs come into the queue: planned, held against the limits, checked and stored. */
import { randomUUID } from 'node:crypto';
import { isLockstepError, LockstepError, planJob, queueFull, type JobPlan, type QueueLimits } from '@lockstep/core';
import type { Logger } from 'pino';
import type { Compiler } from '../compile/compiler.js';
import type { DatasetStore } from '../datasets/dataset-store.js';
import { idempotencyRecord, IdempotencyKeys } from './idempotency.js';
import { JobChecks } from './job-checks.js';
import { Job } from './job.js';
import type { JobIndex } from './job-index.js';
import type { Origin, SubmitOptions } from './job-requests.js';
import type { JobScheduler } from './job-scheduler.js';
import type { JobStore, StoredJob } from './job-store.js';
import type { ModelRegistry } from '../models/registry.js';
import type { TrainingObserver } from '../training/training-observer.js';
import { planContinued } from '../models/continued-model.js';
import { planPinned } from '../models/initial-model.js';
import { newStatus } from './new-status.js';

export interface JobIntakeContext {
  readonly log: Logger;
  readonly store: JobStore;
  readonly index: JobIndex;
  readonly scheduler: JobScheduler;
  readonly limits: QueueLimits;
  readonly compiler: Pick<Compiler, 'check'>;
  readonly models: ModelRegistry;
  readonly datasets: DatasetStore;
  readonly observer?: Pick<TrainingObserver, 'jobEnded'>;
}

export class JobIntake {
  readonly #context: JobIntakeContext;
  readonly #keys = new IdempotencyKeys();
  readonly #checks: JobChecks;
  /** Owners of the jobs that are being submitted: they count as queued already. */
  readonly #submitting: string[] = [];
  #lastSequence = 0;

  constructor(context: JobIntakeContext) {
    this.#context = context;
    const { compiler, scheduler } = context;
    this.#checks = new JobChecks({
      compiler,
      waits: (job) => scheduler.isQueued(job),
      failed: (job, error) => this.#refuse(job, error),
    });
  }

  /** @throws LockstepError INVALID_SPEC with every fault */
  plan(spec: unknown): JobPlan {
    const { datasets } = this.#context;
    const result = planJob(spec, (name, version) => datasets.find(name, version), datasets.names());
    if (result.ok) return result.plan;
    const count = result.faults.length;
    throw new LockstepError('INVALID_SPEC', `the job file has ${String(count)} ${count === 1 ? 'fault' : 'faults'}`, {
      faults: result.faults,
      hint: 'Mend what is listed and submit again.',
    });
  }

  /** The plan of a job as it is submitted: with the model that it starts from pinned. @throws LockstepError INVALID_SPEC */
  async check(spec: unknown): Promise<JobPlan> {
    const { models } = this.#context;
    const pinned = (file: unknown): Promise<JobPlan> => planPinned(file, models, (planned) => this.plan(planned));
    return planContinued(spec, models, pinned);
  }

  /** @throws LockstepError as JobService.submit */
  async submit(
    spec: unknown,
    { owner, idempotencyKey }: SubmitOptions,
    retried: Pick<Origin, 'retryOf' | 'retriedFrom'> = { retryOf: null },
  ): Promise<Job> {
    if (idempotencyKey === undefined) return this.#create(spec, { ...retried, owner, idempotency: null });
    const idempotency = idempotencyRecord(idempotencyKey, spec);
    // Not even checked again: the dataset or the model that it names may be gone or another one by now.
    return this.#keys.once(owner, idempotency, () => this.#create(spec, { ...retried, owner, idempotency }));
  }

  /** A job from the store. */
  restore(stored: StoredJob): Job {
    const job = this.#hold(stored);
    this.#keys.restore(job);
    return job;
  }

  /** The job is deleted: its key may be used again. */
  forget(job: Job): void {
    this.#keys.forget(job);
  }

  async #create(written: unknown, origin: Origin): Promise<Job> {
    const { compiler, scheduler, store } = this.#context;
    const plan = await this.check(written);
    this.#checkRoom(origin.owner);
    this.#submitting.push(origin.owner);
    try {
      // A job that would begin now is worth a moment's wait: a model that cannot be recorded is refused at once then.
      const begins = scheduler.hasPlace;
      if (begins) await compiler.check(plan);
      const id = `j-${randomUUID().slice(0, 8)}`;
      const { priority, spec, memoryBytes: threadBytes } = plan;
      const { minWorkers } = spec.cluster;
      const sequence = this.#nextSequence();
      const status = newStatus(id, plan, origin.owner, new Date());
      const record = { id, spec, ...origin, priority, sequence, minWorkers, threadBytes, term: 0, status };
      const job = this.#hold(await store.write(record, 0));
      scheduler.enqueue(job);
      scheduler.decide();
      if (!begins) this.#checks.add(job);
      return job;
    } finally {
      this.#submitting.splice(this.#submitting.indexOf(origin.owner), 1);
    }
  }

  #nextSequence(): number {
    this.#lastSequence = Math.max(this.#lastSequence, this.#context.index.nextSequence - 1) + 1;
    return this.#lastSequence;
  }

  #checkRoom(owner: string): void {
    const queued = this.#context.index.all
      .filter(({ status: { state } }) => state === 'QUEUED' || state === 'PAUSED')
      .map(({ record }) => record.owner)
      .concat(this.#submitting);
    const full = queueFull(queued.length, queued.filter((other) => other === owner).length, this.#context.limits);
    if (full === undefined) return;
    throw new LockstepError('QUEUE_FULL', full, { hint: 'Wait until jobs have ended, or cancel some.' });
  }

  #hold(stored: StoredJob): Job {
    const job = new Job(this.#context.store, stored, ({ spec }) => this.plan(spec));
    this.#context.index.add(job);
    return job;
  }

  /** A job that waits turned out not to be one that can run. */
  async #refuse(job: Job, error: unknown): Promise<void> {
    if (!this.#context.scheduler.withdraw(job)) return;
    try {
      await job.failed(error, new Date());
      this.#context.observer?.jobEnded(job.status);
    } catch (failure) {
      if (isLockstepError(failure, 'REVISION_CONFLICT')) job.lost();
      this.#context.log.error({ error: failure, job: job.id }, 'the end of the job could not be recorded');
    }
  }
}
