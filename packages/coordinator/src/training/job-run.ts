/** One term of one job: its parameter server and its training loop, from compiled graphs to trained weights. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  isLockstepError,
  LockstepError,
  firstPosition,
  type LossReason,
  type Member,
  type SliceSums,
  type TrainingPosition,
} from '@lockstep/core';
import { countLength, littleEndianBytes, ParameterState, UPDATE_KEY, valueLength } from '@lockstep/engine';
import type { Frame, PartFrame } from '@lockstep/proto';
import type { Checkpoint } from '../checkpoints/checkpoint-file.js';
import type { JobRunOptions, JobRunOutcome, JobRunResult } from './job-run-options.js';
import { ParameterBroadcast } from './parameter-broadcast.js';
import { TermWorkers } from './term-workers.js';
import { progressOf } from './training-progress.js';
import { RoundRunner, type RoundRequest } from './round-runner.js';
import { TrainingLoop, type StepReport } from './training-loop.js';

/** How long the last checkpoint may take when the coordinator stops; it is killed if it does not end soon. */
const URGENT_MILLISECONDS = 3000;
/** How long the last checkpoint may take when the job is paused or cancelled: as long as stores are waited for. */
const LAST_CHECKPOINT_MILLISECONDS = 60_000;
/** How long a step that is under way may take when the job is to stop; what it has computed is lost then. */
const STOP_MILLISECONDS = 5000;

export class JobRun {
  readonly #options: JobRunOptions;
  readonly #rounds: RoundRunner;
  readonly #broadcast: ParameterBroadcast;
  readonly #state: ParameterState;
  readonly #workers: TermWorkers;
  readonly #loop: TrainingLoop;
  #lastProgress = 0;
  #stopping: 'no' | 'soon' | 'now' = 'no';
  #training = false;
  #closed = false;
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
      rowsPerShard: options.manifest.rowsPerShard,
      lengths: { train: lengths('train'), evaluate: lengths('evaluate') },
      onWaiting: listener.waiting.bind(listener),
      onReissue: listener.reissued.bind(listener),
      onTaken: listener.processed.bind(listener),
      onReject: listener.rejected.bind(listener),
      onPhase: listener.stepPhase.bind(listener),
    });
    this.#broadcast = new ParameterBroadcast(transport, job, term);
    this.#workers = new TermWorkers(options, this.#rounds, this.#broadcast);
    const update = compiled.graphs.find((graph) => graph.key === UPDATE_KEY);
    if (update === undefined) throw new LockstepError('INTERNAL', 'the job has no update graph');
    this.#state = new ParameterState(plan, update.bytes, compiled.initialWeights);
    if (options.start !== undefined) this.#state.restore(options.start.parameters);
    this.#loop = this.#makeLoop();
  }

  /** Workers that are ready for the job. */
  get workers(): readonly string[] {
    return this.#workers.ready;
  }

  /** @throws LockstepError LOSS_NOT_FINITE, WORKER_FAILED */
  async run(members: readonly Member[]): Promise<JobRunOutcome> {
    try {
      return { type: 'finished', result: await this.#train(members) };
    } catch (error) {
      if (this.#stopping === 'no' || !isLockstepError(error, 'CANCELLED')) throw error;
      await this.#lastCheckpoint();
      return { type: 'stopped' };
    } finally {
      this.#close();
    }
  }

  async #train(members: readonly Member[]): Promise<JobRunResult> {
    this.#broadcast.publish(this.#state.step, this.#state.readParameters());
    for (const member of members) this.workerJoined(member);
    const result = await this.#loop.run();
    const state = this.#take();
    await this.#options.checkpoints.finish(state);
    const { seconds, samples } = this.#loop.position;
    const weightsSha256 = createHash('sha256').update(littleEndianBytes(result.parameters)).digest('hex');
    return { ...result, state, weightsSha256, trainingSeconds: seconds, samplesPerSecond: samples / seconds };
  }

  #makeLoop(): TrainingLoop {
    const { plan, start, listener, checkpoints } = this.#options;
    const { position = firstPosition(), best } = start ?? {};
    const steps = {
      run: (request: RoundRequest, read: (sums: SliceSums) => void) => this.#run(request, read),
      apply: (sums: SliceSums, learningRate: number) => this.#apply(sums, learningRate),
      parameters: () => this.#state.readParameters(),
      evaluateWith: (parameters: Float32Array) => {
        // Workers know parameters by the number of updates: this is one that they have not had.
        this.#broadcast.publish(this.#state.step + 1, parameters);
        return this.#state.step + 1;
      },
    };
    return new TrainingLoop(plan, { position, best }, steps, {
      stepped: (now, report) => {
        this.#stepped(now, report);
      },
      epochEnded: (metrics, { step, earlyStopping }) => {
        listener.epochEnded(metrics, earlyStopping.bestEpoch);
        checkpoints.offer(step, true, () => this.#take());
      },
    });
  }

  workerJoined({ worker }: Member): void {
    this.#workers.call(worker);
  }

  workerLost(worker: string, reason: LossReason): void {
    this.#workers.lost(worker, reason);
  }

  workerSaid(frame: Frame, member: Member): void {
    this.#workers.said(frame, member);
  }

  part(frame: PartFrame): void {
    this.#rounds.part(frame);
  }

  /** Ends the run after the step that is under way, or in the middle of it if that takes long or it is urgent. */
  stop(urgent: boolean): void {
    this.#stopping = urgent || this.#stopping === 'now' ? 'now' : 'soon';
    clearTimeout(this.#stopTimer);
    const abort = (): void => {
      this.#rounds.abort(stopped());
    };
    if (this.#training && !urgent) this.#stopTimer = setTimeout(abort, STOP_MILLISECONDS);
    else abort();
  }

  /** Ends the run with an error. */
  abort(error: unknown): void {
    this.#rounds.abort(error);
  }

  async #run(request: RoundRequest, read: (sums: SliceSums) => void): Promise<void> {
    if (this.#stopping !== 'no') throw stopped();
    this.#training = request.kind === 'train';
    const started = performance.now();
    try {
      const sums = await this.#rounds.run(request);
      const seconds = (performance.now() - started) / 1000;
      read(sums);
      this.#rounds.release(request.kind, sums);
      if (this.#training) this.#options.listener.stepDone(seconds);
    } catch (error) {
      const outcome = isLockstepError(error, 'LOSS_NOT_FINITE') ? 'not_finite' : 'abandoned';
      if (this.#training) this.#options.listener.stepNotDone(outcome);
      throw error;
    }
  }

  #apply(sums: SliceSums, learningRate: number): number {
    const { listener } = this.#options;
    const started = performance.now();
    const { gradientNorm } = this.#state.apply(sums.values, learningRate);
    const applied = performance.now();
    this.#broadcast.publish(this.#state.step, this.#state.readParameters());
    listener.stepPhase('apply', (applied - started) / 1000);
    listener.stepPhase('broadcast', (performance.now() - applied) / 1000);
    return gradientNorm;
  }

  /** Copies of all that the rest of the job depends on. */
  #take(): Checkpoint {
    return { parameters: this.#state.snapshot(), ...this.#loop.state };
  }

  /** Workers are free before it is written. */
  async #lastCheckpoint(): Promise<void> {
    const last = this.#take();
    this.#close();
    const milliseconds = this.#stopping === 'now' ? URGENT_MILLISECONDS : LAST_CHECKPOINT_MILLISECONDS;
    const waiting = new AbortController();
    const late = delay(milliseconds, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([this.#options.checkpoints.finish(last), late]);
    waiting.abort();
  }

  #stepped({ step }: TrainingPosition, report: StepReport): void {
    const { plan, listener, checkpoints } = this.#options;
    // The epoch's end comes with its evaluation: a checkpoint before it would only be in the way of the one after it.
    if (!report.endsEpoch) checkpoints.offer(step, false, () => this.#take());
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_MILLISECONDS && step < plan.steps) return;
    this.#lastProgress = now;
    listener.progress(progressOf(plan, this.#loop.position, report));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#stopTimer);
    this.#broadcast.close();
    this.#rounds.abort(new LockstepError('CANCELLED', 'the job is over'));
    this.#workers.close();
    this.#state.dispose();
  }
}

function stopped(): LockstepError {
  return new LockstepError('CANCELLED', 'the job was told to stop');
}

const PROGRESS_MILLISECONDS = 200;
