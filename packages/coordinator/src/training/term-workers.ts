/**
 * The workers of one term: called to the job, part of it once they have shown that they compute the coordinator's bits,
 * and gone from it when they are lost or fail.
 */
import { LockstepError, type ErrorCode, type LossReason, type Member } from '@lockstep/core';
import { subjects, type Frame } from '@lockstep/proto';
import { publishFrame } from '@lockstep/transport';
import type { JobRunOptions } from './job-run-options.js';
import type { ParameterBroadcast } from './parameter-broadcast.js';
import { prepareOrder } from './prepare-order.js';
import type { RoundRunner } from './round-runner.js';
import { WorkerCalls } from './worker-calls.js';

/** Tries of a slice that workers report as failed before the job does. */
const MAX_FAILURES = 3;

export class TermWorkers {
  readonly #options: JobRunOptions;
  readonly #rounds: RoundRunner;
  readonly #broadcast: ParameterBroadcast;
  readonly #calls: WorkerCalls;
  readonly #failures = new Map<string, number>();

  /** @param rounds are aborted when the workers' failures are the job's */
  constructor(options: JobRunOptions, rounds: RoundRunner, broadcast: ParameterBroadcast) {
    this.#options = options;
    this.#rounds = rounds;
    this.#broadcast = broadcast;
    const { transport, job, term } = options;
    const order = (worker: string, frame: Frame): void => {
      publishFrame(transport.control, subjects.order(worker), frame);
    };
    this.#calls = new WorkerCalls(
      (worker) => order(worker, prepareOrder(options)),
      (worker) => order(worker, { type: 'release', job, term }),
    );
  }

  /** Those that are ready for the job. */
  get ready(): readonly string[] {
    return this.#rounds.workers;
  }

  call(worker: string): void {
    this.#calls.call(worker);
  }

  lost(worker: string, reason: LossReason): void {
    this.#calls.end(worker);
    if (this.ready.includes(worker)) {
      this.#broadcast.leave(worker);
      this.#options.listener.workersChanged(worker, `lost (${reason})`, this.ready.length - 1);
    }
    // One that was drained is none of these any more, and may have had slices until now all the same.
    this.#rounds.workerLost(worker, reason);
  }

  /** What a worker said that is ready, or gets ready, for this job. */
  said(frame: Frame, member: Member): void {
    if (this.#calls.releaseAgain(member.worker)) return;
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

  /** Lets go of all. */
  close(): void {
    this.#calls.close();
  }

  #prepared({ worker, threads }: Member, canary: string): void {
    const { compiled, listener, log } = this.#options;
    const isNew = this.#calls.awaits(worker);
    this.#calls.end(worker);
    if (canary !== compiled.canary) {
      // It says so again whenever its connection was away.
      if (!isNew) return;
      log.error({ worker }, 'the worker computes other bits than the coordinator');
      const refused = 'refused: it computes other bits than the coordinator';
      listener.workersChanged(worker, refused, this.ready.length);
      if (this.ready.length === 0) {
        listener.waiting(`a worker of the coordinator's CPU class: ${worker} computes other bits (CANARY_MISMATCH)`);
      }
      return;
    }
    if (this.ready.includes(worker)) return;
    this.#broadcast.join(worker);
    this.#rounds.workerReady(worker, threads);
    listener.workersChanged(worker, 'ready', this.ready.length);
  }

  /** A worker's failure costs it its place in the job; the same failure everywhere is the job's. */
  #failed(worker: string, code: string, message: string): void {
    // What it says again after its connection was away is no further failure.
    const isNew = this.ready.includes(worker) || this.#calls.awaits(worker);
    if (!isNew) return this.#rounds.workerLost(worker, 'failed');
    this.#options.log.error({ worker, code }, message);
    const count = (this.#failures.get(code) ?? 0) + 1;
    this.#failures.set(code, count);
    this.lost(worker, 'failed');
    if (count < MAX_FAILURES && this.ready.length > 0) return;
    this.#rounds.abort(new LockstepError(code as ErrorCode, `worker ${worker}: ${message}`));
  }
}
