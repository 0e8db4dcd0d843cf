/** Takes jobs in, runs them one after the other, and goes on with them after a restart. */
import { randomUUID } from 'node:crypto';
import {
  isFinal,
  LockstepError,
  planJob,
  type JobPlan,
  type JobStatus,
  type LossReason,
  type Member,
} from '@lockstep/core';
import type { Frame, PartFrame } from '@lockstep/proto';
import { BUCKETS, type Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import { CheckpointStore } from './checkpoint-store.js';
import type { CompiledJob } from './compile-thread.js';
import type { Compiler } from './compiler.js';
import type { DatasetStore } from './dataset-store.js';
import { Job, newStatus } from './job.js';
import { JobExecution, type ExecutionContext } from './job-execution.js';
import { JobStore, type StoredJob } from './job-store.js';
import { ModelStore } from './model-store.js';

export interface JobServiceContext {
  readonly transport: Transport;
  readonly log: Logger;
  readonly datasets: DatasetStore;
  readonly compiler: Compiler;
  /** The coordinator's folder. */
  readonly dataDir: string;
  /** Workers that are in the cluster now. */
  readonly members: () => readonly Member[];
  readonly member: (worker: string) => Member | undefined;
}

export class JobService {
  readonly models: ModelStore;
  readonly #context: JobServiceContext;
  readonly #execution: ExecutionContext;
  readonly #store: JobStore;
  readonly #jobs = new Map<string, Job>();
  /** Compiled at submission, until the job runs. */
  readonly #compiled = new Map<string, CompiledJob>();
  #queue: Job[] = [];
  #active: JobExecution | undefined;
  #ended: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(context: JobServiceContext, store: JobStore, execution: ExecutionContext) {
    this.models = execution.models;
    this.#context = context;
    this.#store = store;
    this.#execution = execution;
  }

  /** Opens the stores; jobs that were running or queued when the last coordinator ended are taken up again. */
  static async open(context: JobServiceContext): Promise<JobService> {
    const { transport } = context;
    const [store, graphs, models, checkpoints] = await Promise.all([
      JobStore.open(transport),
      transport.objectStore(BUCKETS.graphs),
      ModelStore.open(transport),
      CheckpointStore.open(transport, context.dataDir),
    ]);
    const service = new JobService(context, store, { ...context, graphs, models, checkpoints });
    const stored = await store.all();
    stored.sort((a, b) => (a.record.status.createdAt < b.record.status.createdAt ? -1 : 1));
    for (const job of stored) service.#restore(job);
    service.#next();
    return service;
  }

  list(): JobStatus[] {
    return [...this.#jobs.values()].map((job) => job.status);
  }

  /** @throws LockstepError NOT_FOUND */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new LockstepError('NOT_FOUND', `there is no job ${JSON.stringify(id.slice(0, 80))}`);
    return job;
  }

  /** @throws LockstepError INVALID_SPEC with every fault */
  plan(spec: unknown): JobPlan {
    const result = planJob(spec, (name) => this.#context.datasets.find(name));
    if (result.ok) return result.plan;
    const count = result.faults.length;
    throw new LockstepError('INVALID_SPEC', `the job file has ${String(count)} ${count === 1 ? 'fault' : 'faults'}`, {
      faults: result.faults,
      hint: 'Mend what is listed and submit again.',
    });
  }

  /**
   * Checks the job completely, records its graphs, and queues it.
   * @throws LockstepError INVALID_SPEC, MODEL_NOT_RECORDABLE
   */
  async submit(spec: unknown): Promise<Job> {
    const plan = this.plan(spec);
    const compiled = await this.#context.compiler.compile(plan);
    const id = `j-${randomUUID().slice(0, 8)}`;
    const record = { id, spec, term: 0, status: newStatus(id, plan, new Date()) };
    const job = new Job(this.#store, await this.#store.write(record, 0), plan);
    this.#compiled.set(id, compiled);
    this.#jobs.set(id, job);
    this.#queue.push(job);
    this.#next();
    return job;
  }

  /** @throws LockstepError NOT_FOUND, CONFLICT */
  async cancel(id: string): Promise<Job> {
    const job = this.get(id);
    if (isFinal(job.status.state)) throw new LockstepError('CONFLICT', `job ${id} is already ${job.status.state}`);
    if (this.#active?.job === job) {
      this.#active.cancel();
      return job;
    }
    this.#queue = this.#queue.filter((queued) => queued !== job);
    this.#compiled.delete(id);
    await job.failed(new LockstepError('CANCELLED', 'the job was cancelled'), new Date());
    return job;
  }

  /** Worker events go to the job that runs. */
  workerJoined(member: Member): void {
    this.#active?.workerJoined(member);
  }

  workerLost(worker: string, reason: LossReason): void {
    this.#active?.workerLost(worker, reason);
  }

  workerSaid(frame: Frame): void {
    const active = this.#active;
    if (active === undefined || !('worker' in frame) || !('job' in frame)) return;
    const member = this.#context.member(frame.worker);
    if (member === undefined || frame.job !== active.job.id || frame.term !== active.job.term) return;
    active.workerSaid(frame, member);
  }

  part(frame: PartFrame): void {
    const active = this.#active;
    if (active === undefined) return;
    if (frame.job === active.job.id) active.part(frame);
    else active.job.rejected('stale-job');
  }

  /** A frame was refused before anyone knew whose it was: the job that runs counts it. */
  frameDropped(reason: string): void {
    this.#active?.job.rejected(reason);
  }

  /** Jobs that a worker holds. */
  jobsOf(worker: string): string[] {
    return this.#active?.workers.includes(worker) === true ? [this.#active.job.id] : [];
  }

  /** Stops without ending the job that runs: the next coordinator takes it up. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#active?.abandon();
    await this.#ended;
  }

  #restore(stored: StoredJob): void {
    const { record } = stored;
    try {
      const job = new Job(this.#store, stored, this.plan(record.spec));
      this.#jobs.set(record.id, job);
      if (!isFinal(record.status.state)) this.#queue.push(job);
    } catch (error) {
      this.#context.log.error({ error, job: record.id }, 'a stored job can no longer be planned');
    }
  }

  #next(): void {
    const job = this.#queue[0];
    if (this.#closed || this.#active !== undefined || job === undefined) return;
    this.#queue.shift();
    const compiled = this.#compiled.get(job.id);
    this.#compiled.delete(job.id);
    this.#active = new JobExecution(this.#execution, job);
    this.#ended = this.#active.execute(compiled).then(() => {
      this.#active = undefined;
      this.#next();
    });
  }
}
