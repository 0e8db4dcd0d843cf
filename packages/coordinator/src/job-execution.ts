/** Takes one job from the queue to its end: term, graphs, run, model, final record. */
import { isLockstepError, LockstepError, type LossReason, type Member } from '@lockstep/core';
import { exportLayersModel } from '@lockstep/engine';
import type { Frame, PartFrame } from '@lockstep/proto';
import { untilReachable, type ObjectStore, type Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import type { CompiledJob } from './compile-thread.js';
import type { Compiler } from './compiler.js';
import type { DatasetStore } from './dataset-store.js';
import type { Job } from './job.js';
import { JobRun, type JobRunListener, type JobRunResult } from './job-run.js';
import type { ModelStore } from './model-store.js';

export interface ExecutionContext {
  readonly transport: Transport;
  readonly log: Logger;
  readonly datasets: DatasetStore;
  readonly compiler: Compiler;
  readonly graphs: ObjectStore;
  readonly models: ModelStore;
  /** Workers that are in the cluster now. */
  readonly members: () => readonly Member[];
}

export class JobExecution {
  readonly job: Job;
  readonly #context: ExecutionContext;
  readonly #log: Logger;
  #run: JobRun | undefined;
  /** The coordinator stops: the job is left as it is, for the next one to take up. */
  #abandoned = false;

  constructor(context: ExecutionContext, job: Job) {
    this.job = job;
    this.#context = context;
    this.#log = context.log.child({ job: job.id });
  }

  get workers(): readonly string[] {
    return this.#run?.workers ?? [];
  }

  /** Resolves when the job has ended, however; it never rejects. */
  async execute(compiled: CompiledJob | undefined): Promise<void> {
    try {
      await this.job.begin(new Date());
      this.#run = await this.#prepare(compiled ?? (await this.#context.compiler.compile(this.job.plan)));
      const result = await this.#run.run(this.#context.members());
      await this.#keepModel(result);
      await this.job.succeeded(result, new Date());
    } catch (error) {
      await this.#failed(error);
    }
  }

  cancel(): void {
    this.job.cancelling();
    this.#run?.cancel();
  }

  abandon(): void {
    this.#abandoned = true;
    this.#run?.cancel();
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

  async #prepare(compiled: CompiledJob): Promise<JobRun> {
    const { transport, compiler, datasets, graphs } = this.#context;
    const { job } = this;
    for (const { sha256, bytes } of compiled.graphs) {
      await untilReachable(async () => {
        if (!(await graphs.has(sha256))) await graphs.put(sha256, bytes);
      });
    }
    if (this.#abandoned || job.status.state === 'CANCELLING')
      throw new LockstepError('CANCELLED', 'the job was cancelled');
    return new JobRun({
      transport,
      log: this.#log,
      job: job.id,
      term: job.term,
      plan: job.plan,
      compiled,
      manifest: new TextEncoder().encode(JSON.stringify(datasets.find(job.plan.data.dataset))),
      graphFolder: (sha256) => compiler.graphFolder(sha256),
      listener: listenerOf(job, this.#log),
    });
  }

  async #keepModel({ parameters, weightsSha256 }: JobRunResult): Promise<void> {
    const { job } = this;
    const metadata = {
      job: job.id,
      name: job.status.name,
      weightsSha256,
      classNames: job.plan.data.classNames,
      features: { offset: job.plan.data.offset, scale: job.plan.data.scale },
    };
    const files = exportLayersModel(job.plan.model, parameters, metadata);
    await untilReachable(() => this.#context.models.put(job.id, files));
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#abandoned) return;
    this.#log.error({ error }, 'the job ended without a result');
    // Another coordinator has the job now: its record is not ours to write.
    if (isLockstepError(error, 'REVISION_CONFLICT')) return;
    try {
      await this.job.failed(error, new Date());
    } catch (failure) {
      this.#log.error({ error: failure }, 'the end of the job could not be recorded');
    }
  }
}

function listenerOf(job: Job, log: Logger): JobRunListener {
  return {
    progress: (progress) => {
      job.progressed(progress);
    },
    epochEnded: (metrics) => {
      job.epochEnded(metrics).catch((error: unknown) => {
        log.error({ error }, 'the epoch could not be recorded');
      });
    },
    workersChanged: (worker, change, ready) => {
      job.workersChanged(worker, change, ready);
    },
    waiting: (sentence) => {
      job.waiting(sentence);
    },
    reissued: (slices) => {
      job.reissued(slices);
    },
    rejected: (reason) => {
      job.rejected(reason);
    },
  };
}
