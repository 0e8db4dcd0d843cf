/** One term of one job: its workers, its parameter server and its training loop, from compiled graphs to a model. */
import { createHash } from 'node:crypto';
import {
  isLockstepError,
  LockstepError,
  type EpochMetrics,
  type ErrorCode,
  type JobPlan,
  type JobProgress,
  type LossReason,
  type Member,
  type SliceSums,
} from '@lockstep/core';
import { countLength, littleEndianBytes, ParameterState, UPDATE_KEY, valueLength } from '@lockstep/engine';
import { subjects, type Frame, type PartFrame } from '@lockstep/proto';
import { publishFrame, type Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import type { CompiledJob } from './compile-thread.js';
import type { MetricSums } from './metric-sums.js';
import { ParameterBroadcast } from './parameter-broadcast.js';
import { prepareOrder } from './prepare-order.js';
import { RoundRunner, type RoundRequest } from './round-runner.js';
import { trainingLoop, type TrainingResult } from './training-loop.js';

export interface JobRunOptions {
  readonly transport: Transport;
  readonly log: Logger;
  readonly job: string;
  readonly term: number;
  readonly plan: JobPlan;
  readonly compiled: CompiledJob;
  /** Manifest of the job's dataset, in JSON. */
  readonly manifest: Uint8Array;
  /** Folder of a graph by its hash. */
  readonly graphFolder: (sha256: string) => string;
  readonly listener: JobRunListener;
}

export interface JobRunListener {
  progress(progress: JobProgress): void;
  epochEnded(metrics: EpochMetrics): void;
  /** A worker became ready for the job, or is not any more. */
  workersChanged(worker: string, change: string, ready: number): void;
  waiting(sentence: string): void;
  reissued(slices: number): void;
  rejected(reason: string): void;
}

export interface JobRunResult extends TrainingResult {
  readonly parameters: Float32Array;
  readonly weightsSha256: string;
  readonly trainingSeconds: number;
  readonly samplesPerSecond: number;
}

export type JobRunOutcome =
  | { readonly type: 'finished'; readonly result: JobRunResult }
  /** It was told to stop before its end. */
  | { readonly type: 'stopped' };

/** How long a step that is under way may take when the job is to stop; what it has computed is lost then. */
const STOP_MILLISECONDS = 5000;
/** Tries of a slice that workers report as failed before the job does. */
const MAX_FAILURES = 3;

export class JobRun {
  readonly #options: JobRunOptions;
  readonly #rounds: RoundRunner;
  readonly #broadcast: ParameterBroadcast;
  readonly #state: ParameterState;
  readonly #failures = new Map<string, number>();
  /** Workers that were told of the job, ready or not. */
  readonly #called = new Set<string>();
  #progressStarted = 0;
  #trainedSamples = 0;
  #lastProgress = 0;
  #stopping = false;
  #training = false;
  #stopTimer: NodeJS.Timeout | undefined;

  constructor(options: JobRunOptions) {
    this.#options = options;
    const { transport, job, term, plan, compiled, listener } = options;
    const lengths = (kind: 'train' | 'evaluate') => ({
      values: valueLength(plan, kind),
      counts: countLength(plan, kind),
    });
    this.#rounds = new RoundRunner({
      transport,
      job,
      term,
      minWorkers: plan.spec.cluster.minWorkers,
      sliceSize: plan.slices.size,
      lengths: { train: lengths('train'), evaluate: lengths('evaluate') },
      onWaiting: (sentence) => {
        listener.waiting(sentence);
      },
      onReissue: (slices) => {
        listener.reissued(slices);
      },
      onReject: (reason) => {
        listener.rejected(reason);
      },
    });
    this.#broadcast = new ParameterBroadcast(transport, job, term);
    const update = compiled.graphs.find((graph) => graph.key === UPDATE_KEY);
    if (update === undefined) throw new LockstepError('INTERNAL', 'the job has no update graph');
    this.#state = new ParameterState(plan, options.graphFolder(update.sha256), compiled.initialWeights);
  }

  /** Workers that are ready for the job. */
  get workers(): readonly string[] {
    return this.#rounds.workers;
  }

  /** @throws LockstepError LOSS_NOT_FINITE, WORKER_FAILED */
  async run(members: readonly Member[]): Promise<JobRunOutcome> {
    try {
      return { type: 'finished', result: await this.#train(members) };
    } catch (error) {
      if (this.#stopping && isLockstepError(error, 'CANCELLED')) return { type: 'stopped' };
      throw error;
    } finally {
      this.#close();
    }
  }

  async #train(members: readonly Member[]): Promise<JobRunResult> {
    this.#broadcast.publish(0, this.#state.readParameters());
    for (const member of members) this.workerJoined(member);
    this.#progressStarted = performance.now();
    const result = await trainingLoop(
      this.#options.plan,
      {
        run: (request, read) => this.#run(request, read),
        apply: (sums) => {
          this.#apply(sums);
        },
      },
      {
        stepped: (step, epoch, sums) => {
          this.#stepped(step, epoch, sums);
        },
        epochEnded: (metrics) => {
          this.#options.listener.epochEnded(metrics);
        },
      },
    );
    const parameters = this.#state.readParameters();
    const weightsSha256 = createHash('sha256').update(littleEndianBytes(parameters)).digest('hex');
    const trainingSeconds = (performance.now() - this.#progressStarted) / 1000;
    return {
      ...result,
      parameters,
      weightsSha256,
      trainingSeconds,
      samplesPerSecond: this.#trainedSamples / trainingSeconds,
    };
  }

  workerJoined({ worker }: Member): void {
    this.#called.add(worker);
    publishFrame(this.#options.transport.control, subjects.order(worker), prepareOrder(this.#options));
  }

  workerLost(worker: string, reason: LossReason): void {
    if (!this.#rounds.workers.includes(worker)) return;
    this.#broadcast.leave(worker);
    this.#rounds.workerLost(worker, reason);
    this.#options.listener.workersChanged(worker, `lost (${reason})`, this.#rounds.workers.length);
  }

  part(frame: PartFrame): void {
    this.#rounds.part(frame);
  }

  /** What a worker said that is ready, or gets ready, for this job. */
  workerSaid(frame: Frame, member: Member): void {
    switch (frame.type) {
      case 'prepared':
        this.#prepared(member, frame.canary);
        return;
      case 'parametersReceived':
        this.#broadcast.received(frame.worker, frame.step, frame.chunks);
        return;
      case 'pullParameters':
        this.#broadcast.resend(frame.worker, frame.step);
        return;
      case 'failed':
        this.#failed(frame.worker, frame.code, frame.message);
        return;
      default:
        return;
    }
  }

  /** Ends the run after the step that is under way, or in the middle of it if that takes long. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    const abort = (): void => {
      this.#rounds.abort(stopped());
    };
    if (this.#training) this.#stopTimer = setTimeout(abort, STOP_MILLISECONDS);
    else abort();
  }

  #prepared(member: Member, canary: string): void {
    const { compiled, listener, log } = this.#options;
    const { worker, threads } = member;
    if (canary !== compiled.canary) {
      log.error({ worker }, 'the worker computes other bits than the coordinator');
      listener.workersChanged(
        worker,
        'refused: it computes other bits than the coordinator',
        this.#rounds.workers.length,
      );
      if (this.#rounds.workers.length === 0) {
        listener.waiting(`a worker of the coordinator's CPU class: ${worker} computes other bits (CANARY_MISMATCH)`);
      }
      return;
    }
    if (this.#rounds.workers.includes(worker)) return;
    this.#broadcast.join(worker);
    this.#rounds.workerReady(worker, threads);
    listener.workersChanged(worker, 'ready', this.#rounds.workers.length);
  }

  /** A worker's failure costs it its place in the job; the same failure everywhere is the job's. */
  #failed(worker: string, code: string, message: string): void {
    this.#options.log.error({ worker, code }, message);
    const count = (this.#failures.get(code) ?? 0) + 1;
    this.#failures.set(code, count);
    this.workerLost(worker, 'failed');
    const others = this.#rounds.workers.length;
    if (count < MAX_FAILURES && others > 0) return;
    this.#rounds.abort(new LockstepError(code as ErrorCode, `worker ${worker}: ${message}`));
  }

  async #run(request: RoundRequest, read: (sums: SliceSums) => void): Promise<void> {
    if (this.#stopping) throw stopped();
    this.#training = request.kind === 'train';
    const sums = await this.#rounds.run(request);
    read(sums);
    this.#rounds.release(request.kind, sums);
    if (request.kind === 'train') this.#trainedSamples += request.samples.length;
  }

  #apply(sums: SliceSums): void {
    this.#state.apply(sums.values, this.#options.plan.spec.training.optimizer.learningRate);
    this.#broadcast.publish(this.#state.step, this.#state.readParameters());
  }

  #stepped(step: number, epoch: number, sums: MetricSums): void {
    const { plan, listener } = this.#options;
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_MILLISECONDS && step < plan.steps) return;
    this.#lastProgress = now;
    const seconds = (now - this.#progressStarted) / 1000;
    listener.progress({
      step,
      steps: plan.steps,
      epoch,
      epochs: plan.epochs,
      loss: sums.loss,
      accuracy: sums.accuracy,
      validationAccuracy: null,
      learningRate: null,
      gradientNorm: null,
      samplesPerSecond: this.#trainedSamples / seconds,
      etaSeconds: (seconds / step) * (plan.steps - step),
    });
  }

  #close(): void {
    const { transport, job, term } = this.#options;
    clearTimeout(this.#stopTimer);
    this.#broadcast.close();
    this.#rounds.abort(new LockstepError('CANCELLED', 'the job is over'));
    for (const worker of this.#called) {
      publishFrame(transport.control, subjects.order(worker), { type: 'release', job, term });
    }
    this.#state.dispose();
  }
}

function stopped(): LockstepError {
  return new LockstepError('CANCELLED', 'the job was told to stop');
}

const PROGRESS_MILLISECONDS = 200;
