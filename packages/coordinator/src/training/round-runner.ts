/**
 * Hands out one minibatch after the other and gives back its sums. The step machine decides; this file does what it
 * says over the bus, and keeps the vectors.
 */
import {
  addSums,
  LockstepError,
  shardsOf,
  sliceCount,
  StepMachine,
  STEP_MACHINE_DEFAULTS,
  TreeSum,
  type AssignedRange,
  type LossReason,
  type RoundKind,
  type SliceSums,
  type StepEffect,
  type StepEvent,
  type TreeNode,
} from '@lockstep/core';
import { subjects, type PartFrame, type SplitName } from '@lockstep/proto';
import { publishFrame, type Transport } from '@lockstep/transport';
import { PartReceiver } from './part-receiver.js';
import { StallWatch } from './stall-watch.js';
import type { DropReason } from './training-observer.js';

export interface RoundLengths {
  /** float32 values, and counts, that each part of a round has. */
  readonly values: number;
  readonly counts: number;
}

export interface RoundRunnerOptions {
  readonly transport: Transport;
  readonly job: string;
  readonly term: number;
  readonly minWorkers: number;
  readonly sliceSize: number;
  /** Of the job's dataset. */
  readonly rowsPerShard: number;
  readonly lengths: Readonly<Record<RoundKind, RoundLengths>>;
  /** The sentence changes when something is waited for, and is empty when the job goes on. */
  readonly onWaiting: (sentence: string) => void;
  readonly onReissue: (slices: number, reason: 'lost' | 'late') => void;
  readonly onReject: (reason: DropReason) => void;
  /** Once each for a minibatch for training that is complete. */
  readonly onPhase?: (phase: 'compute' | 'gather' | 'reduce', seconds: number) => void;
  /** A part of a minibatch for training was taken. */
  readonly onTaken?: (worker: string, samples: number) => void;
}

export interface RoundRequest {
  readonly kind: RoundKind;
  /** Updates applied to the parameters that the round uses. */
  readonly step: number;
  readonly split: SplitName;
  /** Sample numbers within the split. */
  readonly samples: Uint32Array;
  /** Those of the round after it, as far as that is of the same split; empty when it is not. */
  readonly next: Uint32Array;
}

interface OpenRound extends RoundRequest {
  readonly number: number;
  readonly tree: TreeSum<SliceSums>;
  readonly receiver: PartReceiver;
  readonly resolve: (sums: SliceSums) => void;
  readonly reject: (error: unknown) => void;
}

/** A part is acknowledged when this many bytes of its worker are in: well below the workers' window. */
const CREDIT_BYTES = 4 * 2 ** 20;

export class RoundRunner {
  readonly #options: RoundRunnerOptions;
  readonly #machine: StepMachine;
  readonly #receivers: Readonly<Record<RoundKind, PartReceiver>>;
  readonly #unacknowledged = new Map<string, number>();
  readonly #stalls: StallWatch;
  #round: OpenRound | undefined;
  #counter = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the round began, and when its first part and the last one so far were complete; 0: not yet. */
  #startedAt = 0;
  #firstPartAt = 0;
  #lastPartAt = 0;
  /** Nothing is handed out any more. */
  #ended = false;

  constructor(options: RoundRunnerOptions) {
    this.#options = options;
    this.#stalls = new StallWatch(options.onWaiting);
    this.#machine = new StepMachine({ ...STEP_MACHINE_DEFAULTS, term: options.term, minWorkers: options.minWorkers });
    const receiver = ({ values, counts }: RoundLengths) => new PartReceiver(values, counts);
    this.#receivers = { train: receiver(options.lengths.train), evaluate: receiver(options.lengths.evaluate) };
  }

  get workers(): readonly string[] {
    return this.#machine.workers;
  }

  /**
   * The sums over all slices of a minibatch, each exactly once. One round at a time.
   * The caller hands the vector back by `release` when it has read it.
   */
  run(request: RoundRequest): Promise<SliceSums> {
    const number = ++this.#counter;
    const slices = sliceCount({ samples: request.samples.length, sliceSize: this.#options.sliceSize });
    return new Promise((resolve, reject) => {
      const receiver = this.#receivers[request.kind];
      const tree = new TreeSum<SliceSums>(slices, addSums, ({ values }) => {
        receiver.release(values);
      });
      this.#round = { ...request, number, tree, receiver, resolve, reject };
      const now = performance.now();
      this.#stalls.restart(now);
      this.#startedAt = now;
      this.#firstPartAt = 0;
      this.#handle({ type: 'start', now, round: number, kind: request.kind, sliceCount: slices });
    });
  }

  /** The sums of a round have been read; their memory may be used again. */
  release(kind: RoundKind, sums: SliceSums): void {
    this.#receivers[kind].release(sums.values);
  }

  workerReady(worker: string, threads: number): void {
    this.#handle({ type: 'worker-ready', now: performance.now(), worker, threads });
  }

  workerLost(worker: string, reason: LossReason): void {
    this.#unacknowledged.delete(worker);
    this.#handle({ type: 'worker-lost', now: performance.now(), worker, reason });
  }

  part(frame: PartFrame): void {
    this.#acknowledge(frame);
    const node = { level: frame.level, index: frame.index };
    const refusal = this.#machine.refusal(frame.worker, frame.term, frame.round, node);
    const round = this.#round;
    if (refusal !== undefined || round === undefined) {
      this.#options.onReject(refusal ?? 'stale-round');
      return;
    }
    const outcome = round.receiver.add(frame);
    if (outcome.type === 'refused') this.#options.onReject(outcome.reason);
    if (outcome.type !== 'complete') return;
    const { worker, term } = frame;
    this.#lastPartAt = performance.now();
    if (this.#firstPartAt === 0) this.#firstPartAt = this.#lastPartAt;
    const event = { type: 'part', now: this.#lastPartAt, worker, term, round: frame.round, node } as const;
    this.#handle(event, outcome.sums);
  }

  /** Ends the round that is open, for whom waits for it with the error, and with it the job's rounds. */
  abort(error: unknown): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#round?.reject(error);
    this.#round = undefined;
  }

  #handle(event: StepEvent, sums?: SliceSums): void {
    for (const effect of this.#machine.handle(event)) this.#apply(effect, sums);
    this.#schedule();
  }

  #apply(effect: StepEffect, sums: SliceSums | undefined): void {
    const round = this.#round;
    switch (effect.type) {
      case 'begin':
        this.#begin(effect.ranges, effect.reissue);
        return;
      case 'accept':
        this.#stalls.wentOn(performance.now());
        this.#taken(effect.worker, effect.node);
        if (sums !== undefined) round?.tree.insert(effect.node, sums);
        return;
      case 'reject':
        this.#options.onReject(effect.reason);
        if (sums !== undefined) round?.receiver.release(sums.values);
        return;
      case 'complete':
        this.#complete();
        return;
      case 'waiting':
        this.#stalls.say(effect.sentence);
        return;
    }
  }

  #taken(worker: string, { level, index }: TreeNode): void {
    const { onTaken, sliceSize } = this.#options;
    if (this.#round?.kind !== 'train' || onTaken === undefined) return;
    const samples = this.#round.samples.length;
    const width = sliceSize * 2 ** level;
    onTaken(worker, Math.min((index + 1) * width, samples) - index * width);
  }

  #begin(ranges: readonly AssignedRange[], reissue: 'none' | 'lost' | 'late'): void {
    const { transport, job, term, rowsPerShard, onReissue } = this.#options;
    const round = this.#round;
    if (round === undefined) return;
    if (reissue !== 'late') this.#stalls.wentOn(performance.now());
    if (reissue !== 'none')
      onReissue(
        ranges.reduce((sum, range) => sum + range.end - range.first, 0),
        reissue,
      );
    const { number, kind, step, split, next } = round;
    const samples = Array.from(round.samples);
    publishFrame(transport.control, subjects.jobBegin(job), {
      type: 'begin',
      job,
      term,
      round: number,
      kind,
      step,
      split,
      samples,
      ranges,
      nextShards: shardsOf(next, rowsPerShard),
    });
  }

  #complete(): void {
    const round = this.#round;
    const root = round?.tree.root;
    if (round === undefined) return;
    this.#round = undefined;
    round.receiver.clear();
    if (round.kind === 'train') this.#sayPhases();
    if (root === undefined) round.reject(new LockstepError('INTERNAL', 'a complete round has no root'));
    else round.resolve(root);
  }

  #sayPhases(): void {
    const { onPhase } = this.#options;
    onPhase?.('compute', (this.#firstPartAt - this.#startedAt) / 1000);
    onPhase?.('gather', (this.#lastPartAt - this.#firstPartAt) / 1000);
    onPhase?.('reduce', (performance.now() - this.#lastPartAt) / 1000);
  }

  /** Gives credit for what has arrived, whether it was taken or not. */
  #acknowledge({ worker, job, term, values }: PartFrame): void {
    const bytes = (this.#unacknowledged.get(worker) ?? 0) + values.length;
    if (bytes < CREDIT_BYTES) {
      this.#unacknowledged.set(worker, bytes);
      return;
    }
    this.#unacknowledged.set(worker, 0);
    publishFrame(this.#options.transport.control, subjects.order(worker), { type: 'credit', job, term, bytes });
  }

  /** Wakes the machine up when something will be late. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    if (this.#round === undefined) return;
    const deadline = Math.min(this.#machine.nextDeadline() ?? Number.POSITIVE_INFINITY, this.#stalls.dueAt);
    this.#timer = setTimeout(
      () => {
        this.#stalls.check(performance.now(), (now) => this.#machine.waitingFor(now));
        this.#handle({ type: 'tick', now: performance.now() });
      },
      Math.max(1, deadline - performance.now()),
    );
  }
}
