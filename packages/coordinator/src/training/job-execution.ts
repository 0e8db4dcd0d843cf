/** Takes one job from the queue to its end: term, graphs, run, model, final record. */
import {
  firstPosition,
  isLockstepError,
  LockstepError,
  type DatasetManifest,
  type JobStatus,
  type LossReason,
  type Member,
  type TrainingPosition,
} from '@lockstep/core';
import type { Frame, PartFrame } from '@lockstep/proto';
import { untilReachable, type Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import type { CompiledJob } from '../compile/compile-thread.js';
import type { Compiler } from '../compile/compiler.js';
import type { CheckpointIdentity } from '../checkpoints/checkpoint-file.js';
import { CheckpointWriter } from '../checkpoints/checkpoint-writer.js';
import type { DatasetStore } from '../datasets/dataset-store.js';
import type { JobFiles } from '../jobs/job-files.js';
import type { Job } from '../jobs/job.js';
import type { JobRunListener, JobRunResult } from './job-run-options.js';
import { JobRun } from './job-run.js';
import type { ModelRegistry } from '../models/registry.js';
import { findStart, identityOf, trainingStateFile } from './training-start.js';
import type { TrainingObserver } from './training-observer.js';

export interface ExecutionContext {
  readonly transport: Transport;
  readonly log: Logger;
  readonly datasets: DatasetStore;
  readonly compiler: Compiler;
  readonly models: ModelRegistry;
  readonly files: JobFiles;
  /** Workers that are in the cluster now. */
  readonly members: () => readonly Member[];
  readonly observer?: TrainingObserver;
}

/**
 * How an execution ended: with the job in a final state, paused, or left as it is for another coordinator, because this
 * one stops or has lost the job to it.
 */
export type ExecutionEnd = 'finished' | 'paused' | 'abandoned';

type StopReason = 'pause' | 'cancel' | 'abandon';

export class JobExecution {
  readonly job: Job;
  readonly #context: ExecutionContext;
  readonly #log: Logger;
  #run: JobRun | undefined;
  #identity: CheckpointIdentity | undefined;
  /** What the job was told, before its end. */
  #stop: StopReason | undefined;

  constructor(context: ExecutionContext, job: Job) {
    this.job = job;
    this.#context = context;
    this.#log = context.log.child({ job: job.id });
  }

  get workers(): readonly string[] {
    return this.#run?.workers ?? [];
  }

  /**
   * Runs the job, from its newest checkpoint if it has one. Resolves when it holds no worker any more and its state is
   * committed; it never rejects.
   */
  async execute(compiled: CompiledJob | undefined): Promise<ExecutionEnd> {
    try {
      await this.job.begin(new Date());
      this.#run = await this.#prepare(compiled ?? (await this.#context.compiler.compile(this.job.plan)));
      const outcome = this.#run === undefined ? undefined : await this.#run.run(this.#context.members());
      if (outcome?.type !== 'finished') return await this.#stopped();
      const model = await this.#keepModel(outcome.result);
      this.#log.info({ step: outcome.result.state.position.step, model }, 'training is done');
      await this.job.succeeded(outcome.result, model, new Date());
      await this.#context.files.sweep(this.job);
      return 'finished';
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Ends the job after the step that is under way. No effect once it has been told anything else. */
  cancel(): void {
    if (this.#stop === 'abandon') return;
    this.job.cancelling();
    this.#stopBecause('cancel');
  }

  /** Stops after the step that is under way; a later execution of the job goes on from there. */
  pause(): void {
    if (this.#stop !== undefined) return;
    this.job.pausing();
    this.#stopBecause('pause');
  }

  /** The coordinator stops: the job is left as it is, for the next one to take up. */
  abandon(): void {
    this.#stopBecause('abandon');
  }

  workerJoined(member: Member): void {
    this.#run?.workerJoined(member);
  }

  workerLost(worker: string, reason: LossReason): void {
    this.#run?.workerLost(worker, reason);
  }

  workerSaid(frame: Frame, member: Member): void {
    this.#run?.workerSaid(frame, member);
  }

  part(frame: PartFrame): void {
    this.#run?.part(frame);
  }

  #stopBecause(reason: StopReason): void {
    this.#stop = reason;
    this.#run?.stop(reason === 'abandon');
  }

  async #stopped(): Promise<ExecutionEnd> {
    switch (this.#stop) {
      case 'pause':
        await this.job.paused();
        return 'paused';
      case 'abandon':
        return 'abandoned';
      default:
        await this.job.failed(new LockstepError('CANCELLED', 'the job was cancelled'), new Date());
        await this.#context.files.sweep(this.job);
        return 'finished';
    }
  }

  /** undefined when the job was told to stop meanwhile. */
  async #prepare(compiled: CompiledJob): Promise<JobRun | undefined> {
    const { transport, files, models } = this.#context;
    const { job } = this;
    await files.graphs.put(job.id, compiled.graphs);
    const identity = identityOf(job, compiled);
    this.#identity = identity;
    const started = performance.now();
    const resume = await findStart(job, identity, { checkpoints: files.checkpoints, models });
    if (this.#stop !== undefined) return undefined;
    job.resumes(resume);
    const { checkpoint: start, faults } = resume;
    if (start !== undefined) this.#context.observer?.checkpointRestored((performance.now() - started) / 1000);
    this.#log.info({ step: start?.position.step ?? 0, faults }, 'training begins');
    return new JobRun({
      transport,
      log: this.#log,
      job: job.id,
      term: job.term,
      plan: job.plan,
      compiled,
      manifest: this.#manifest(),
      start,
      checkpoints: this.#writer(identity, start?.position ?? firstPosition()),
      listener: listenerOf(job, this.#log, this.#context.observer),
    });
  }

  #manifest(): DatasetManifest {
    const { dataset, version } = this.job.plan.data;
    const manifest = this.#context.datasets.find(dataset, version);
    if (manifest === undefined) throw new LockstepError('NOT_FOUND', `the dataset ${dataset} is gone`);
    return manifest;
  }

  #writer(identity: CheckpointIdentity, first: TrainingPosition): CheckpointWriter {
    const { job } = this;
    return new CheckpointWriter({
      ...{ store: this.#context.files.checkpoints, job, identity, plan: job.plan.checkpoint, log: this.#log, first },
      observer: this.#context.observer,
      onTakenOver: (error) => this.#run?.abort(error),
    });
  }

  /** Registering the same job again makes no second version, so it does no harm that a restart repeats it. */
  async #keepModel({ state, parameters, train, validation, test }: JobRunResult): Promise<JobStatus['model']> {
    const { id, plan, term } = this.job;
    const identity = this.#identity;
    const manifest = this.#manifest();
    const createdAt = new Date();
    const files = identity === undefined ? [] : [await trainingStateFile(state, identity, term)];
    const model = { job: id, plan, manifest, parameters, metrics: { train, validation, test }, files, createdAt };
    try {
      const { name, version } = await untilReachable(() => this.#context.models.register(model));
      return { name, version };
    } catch (error) {
      throw isLockstepError(error, 'STORAGE_FULL') ? unstoredModel(error) : error;
    }
  }

  async #failed(error: unknown): Promise<ExecutionEnd> {
    if (this.#stop === 'abandon') return 'abandoned';
    this.#log.error({ error }, 'the job ended without a result');
    // Another coordinator has the job now: its record is not ours to write.
    if (isLockstepError(error, 'REVISION_CONFLICT')) return 'abandoned';
    try {
      await this.job.failed(error, new Date());
      await this.#context.files.sweep(this.job);
    } catch (failure) {
      this.#log.error({ error: failure }, 'the end of the job could not be recorded');
    }
    return 'finished';
  }
}

function unstoredModel(error: LockstepError): LockstepError {
  return new LockstepError('STORAGE_FULL', `the job is trained, but its model cannot be stored: ${error.message}`, {
    cause: error,
    hint: 'Make room, then retry the job: it goes on from its newest checkpoint.',
  });
}

function listenerOf(job: Job, log: Logger, observer?: TrainingObserver): JobRunListener {
  return {
    progress: (progress) => {
      job.progressed(progress);
    },
    epochEnded: (metrics, bestEpoch) => {
      const { epoch, train } = metrics;
      log.info({ epoch, loss: train.loss }, 'an epoch is done');
      job.epochEnded(metrics, bestEpoch).catch((error: unknown) => {
        log.error({ error }, 'the epoch could not be recorded');
      });
    },
    workersChanged: (worker, change, ready) => {
      log.info({ worker, ready }, `worker ${change}`);
      job.workersChanged(worker, change, ready);
    },
    waiting: (sentence) => {
      job.waiting(sentence);
    },
    reissued: (slices, reason) => {
      log.warn({ step: job.status.progress.step, slices, reason }, 'slices are handed out again');
      job.reissued(slices);
      observer?.reissued(slices, reason);
    },
    rejected: (reason) => {
      job.rejected(reason);
      observer?.rejected(reason);
    },
    processed: (worker, samples) => observer?.processed(worker, samples),
    stepDone: (seconds) => observer?.stepDone(seconds),
    stepPhase: (phase, seconds) => observer?.stepPhase(phase, seconds),
    stepNotDone: (outcome) => observer?.stepNotDone(outcome),
  };
}
