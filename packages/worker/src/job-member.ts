/** This worker's part in one job and term: gets ready, computes the slices it is told to, sends their sums. */
import { isLockstepError, LockstepError, type DatasetShard } from '@lockstep/core';
import { LOSS_VALUES } from '@lockstep/engine';
import {
  plainText,
  subjects,
  type BeginFrame,
  type FailedFrame,
  type Frame,
  type ParametersFrame,
  type PreparedFrame,
  type PrepareFrame,
  type SplitName,
} from '@lockstep/proto';
import {
  publishFrame,
  subscribeOrders,
  untilReachable,
  type FrameMessage,
  type ObjectReader,
  type OnOrderRefused,
  type Transport,
} from '@lockstep/transport';
import type { Logger } from 'pino';
import type { ComputePool } from './compute-pool.js';
import { JobFiles } from './job-files.js';
import { shardsByNumber, splitSource, type SplitSource } from './minibatch-rows.js';
import { ParameterBlock } from './parameter-block.js';
import { PartSender } from './part-sender.js';
import { RangeComputation } from './range-computation.js';
import type { ShardCache } from './shard-cache.js';
import { SharedBuffers } from './shared-buffers.js';

export interface JobMemberContext {
  readonly worker: string;
  readonly transport: Transport;
  readonly graphs: ObjectReader;
  readonly shards: ShardCache;
  readonly pool: ComputePool;
  /** Bytes of parts that may be under way. */
  readonly creditBytes: number;
  readonly onRefused: OnOrderRefused;
  readonly log: Logger;
}

/** Parameters that do not come within this time after they are needed are asked for. */
const PULL_AFTER_MILLISECONDS = 1000;
/** Vectors of more chunks than this are acknowledged, so that the coordinator can hold back. */
const ACKNOWLEDGE_EVERY = 8;

export class JobMember {
  readonly job: string;
  readonly term: number;
  readonly #context: JobMemberContext;
  readonly #log: Logger;
  readonly #order: PrepareFrame;
  readonly #parameters: ParameterBlock;
  readonly #sender: PartSender;
  readonly #splits: ReadonlyMap<SplitName, SplitSource>;
  readonly #files: JobFiles;
  readonly #buffers = new SharedBuffers();
  readonly #maxCopies: number;
  readonly #subscriptions: { unsubscribe(): void }[] = [];
  /** Ranges under way, so that an order that comes twice is not computed twice. */
  readonly #computing = new Set<string>();
  #jobFile = '';
  #round = 0;
  #released = false;
  #answer: PreparedFrame | FailedFrame | undefined;

  constructor(context: JobMemberContext, order: PrepareFrame) {
    this.job = order.job;
    this.term = order.term;
    this.#context = context;
    this.#log = context.log.child({ job: order.job });
    this.#order = order;
    this.#files = new JobFiles(order, context.graphs);
    this.#parameters = new ParameterBlock(order.parameters);
    this.#sender = new PartSender(context.transport.bulk, context.creditBytes);
    this.#splits = new Map(order.splits.map((split) => [split.name, splitSource(split)]));
    this.#maxCopies = Math.max(1, ...order.graphs.map(({ key }) => Number(/x(\d+)$/.exec(key)?.[1] ?? 1)));
  }

  /** Ranges are being computed. */
  get busy(): boolean {
    return this.#computing.size > 0;
  }

  /** Fetches the graphs, computes the canary and tells the coordinator. */
  async prepare(): Promise<void> {
    const { transport, worker, pool } = this.#context;
    this.#subscribe();
    const file = await this.#files.write(this.#split('train').manifest);
    // Once it is released there is nothing left for a thread to read.
    if (file === undefined) return;
    this.#jobFile = file;
    const { hash } = await pool.canary(file);
    // What the coordinator sends from now on must find the subscriptions in place.
    await untilReachable(
      () => Promise.all([transport.control.flush(), transport.bulk.flush()]),
      () => !this.#released,
    );
    this.#answer = { type: 'prepared', worker, job: this.job, term: this.term, canary: hash };
    if (this.#released) return;
    this.#log.info({ term: this.term, graphs: this.#order.graphs.length }, 'ready');
    this.#request(this.#answer);
  }

  /** The coordinator asks again: it has not had the answer. @returns false when there will be none */
  answerAgain(): boolean {
    if (this.#answer?.type === 'failed') return false;
    this.sayAgain();
    return true;
  }

  /** The connection was away: the coordinator may have missed the answer, or this worker its release. */
  sayAgain(): void {
    if (this.#answer !== undefined) this.#request(this.#answer);
  }

  credit(bytes: number): void {
    this.#sender.credit(bytes);
  }

  release(): void {
    this.#released = true;
    this.#log.info('released');
    this.#round = Number.MAX_SAFE_INTEGER;
    this.#sender.reset();
    this.#context.pool.forget(this.#jobFile);
    this.#fetchAhead([]);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#files.remove();
  }

  /** Reports what went wrong; the coordinator carries it in the job's status. */
  failed(round: number, error: unknown, step?: number): void {
    // What still ran has lost its files.
    if (this.#released) return;
    const what = round === 0 ? 'the job could not be prepared' : 'slices could not be computed';
    this.#log.error({ error, ...(step !== undefined && { step }) }, what);
    const code = isLockstepError(error) ? error.code : 'INTERNAL';
    const message = error instanceof Error ? error.message : String(error);
    const { worker } = this.#context;
    // TensorFlow's messages have line breaks, which a frame must not.
    const failure = { round, code, message: plainText(message) };
    this.#answer = { type: 'failed', worker, job: this.job, term: this.term, ...failure };
    this.#request(this.#answer);
  }

  #request(frame: Frame): void {
    publishFrame(this.#context.transport.control, subjects.request(this.#context.worker), frame);
  }

  #subscribe(): void {
    const { transport, worker, onRefused } = this.#context;
    const onBegin = ({ frame }: FrameMessage): void => {
      if (frame.type === 'begin') this.#onBegin(frame);
    };
    const onParameters = ({ frame }: FrameMessage): void => {
      if (frame.type === 'parameters') this.#onParameters(frame);
    };
    this.#subscriptions.push(
      subscribeOrders(transport.control, subjects.jobBegin(this.job), onBegin, onRefused),
      subscribeOrders(transport.bulk, subjects.jobParameters(this.job), onParameters, onRefused),
      subscribeOrders(transport.bulk, subjects.bulk(worker), onParameters, onRefused),
    );
  }

  #split(name: SplitName): SplitSource {
    const split = this.#splits.get(name);
    if (split === undefined) throw new LockstepError('FRAME_INVALID', `the job has no split ${name}`);
    return split;
  }

  #onParameters(frame: ParametersFrame): void {
    if (frame.job !== this.job || frame.term !== this.term) return;
    const complete = this.#parameters.add(frame);
    if (frame.chunks <= ACKNOWLEDGE_EVERY) return;
    const arrived = frame.chunk + 1;
    if (!complete && arrived % ACKNOWLEDGE_EVERY !== 0) return;
    const { worker } = this.#context;
    const { job, term } = this;
    this.#request({ type: 'parametersReceived', worker, job, term, step: frame.step, chunks: arrived });
  }

  #onBegin(frame: BeginFrame): void {
    if (frame.job !== this.job || frame.term !== this.term || frame.round < this.#round) return;
    if (frame.round > this.#round) {
      this.#round = frame.round;
      this.#computing.clear();
      this.#sender.forgetBefore(frame.round);
    }
    for (const range of frame.ranges) {
      if (range.worker !== this.#context.worker) continue;
      const key = `${String(frame.round)}/${String(range.first)}-${String(range.end)}`;
      if (this.#computing.has(key)) continue;
      this.#computing.add(key);
      this.#compute(frame, range)
        .catch((error: unknown) => {
          this.failed(frame.round, error, frame.step);
        })
        .finally(() => this.#computing.delete(key));
    }
    // After what this minibatch needs.
    const split = this.#splits.get(frame.split);
    if (split !== undefined) this.#fetchAhead(shardsByNumber(split, frame.nextShards));
  }

  #fetchAhead(shards: readonly DatasetShard[]): void {
    this.#context.shards.fetchAhead(`${this.job}/${String(this.term)}`, shards);
  }

  async #compute(frame: BeginFrame, range: { readonly first: number; readonly end: number }): Promise<void> {
    const { pool, shards, worker } = this.#context;
    const current = () => frame.round === this.#round;
    const computation = new RangeComputation({
      pool,
      shards,
      buffers: this.#buffers,
      valueLength: (frame.kind === 'train' ? this.#order.parameters : this.#order.metricSums) + LOSS_VALUES,
      split: this.#split(frame.split),
      jobFile: this.#jobFile,
      seed: this.#order.seed,
      sliceSize: this.#order.sliceSize,
      maxCopies: this.#maxCopies,
    });
    const { nodes, microseconds } = await computation.run(
      frame,
      range,
      this.#parametersFor(frame.step, current),
      current,
    );
    if (!current()) return;
    const address = { worker, job: this.job, term: this.term, round: frame.round };
    for (const { node, value } of nodes) {
      this.#sender.send(address, node, value, microseconds, (values) => {
        this.#buffers.release(values);
      });
    }
  }

  /** The parameters of a step, asked for if they do not come by themselves; undefined once the round is over. */
  async #parametersFor(step: number, current: () => boolean): Promise<Float32Array | undefined> {
    const here = this.#parameters.get(step);
    if (here !== undefined) return here;
    const arriving = this.#parameters.wait(step);
    while (current()) {
      const { promise: patience, cancel } = timer(PULL_AFTER_MILLISECONDS);
      const values = await Promise.race([arriving, patience]);
      cancel();
      if (values !== undefined) return values;
      const { worker } = this.#context;
      this.#log.warn({ step }, 'parameters have not come: asking for them');
      this.#request({ type: 'pullParameters', worker, job: this.job, term: this.term, step });
    }
    return undefined;
  }
}

function timer(milliseconds: number): { promise: Promise<undefined>; cancel: () => void } {
  let cancel = (): void => undefined;
  const promise = new Promise<undefined>((resolve) => {
    const handle = setTimeout(() => {
      resolve(undefined);
    }, milliseconds);
    cancel = () => {
      clearTimeout(handle);
    };
  });
  return { promise, cancel };
}
