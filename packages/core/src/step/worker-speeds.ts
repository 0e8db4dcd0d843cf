/** How fast each worker has been in this job: for its share of the next minibatch, and for what counts as late. */
import type { WorkerShare } from './assignment.js';
import type { RoundKind } from './events.js';

/** Weight of the newest observation in the moving average. */
const NEWEST = 0.2;
/** Speeds within this ratio of each other are taken for equal, so that noise does not move the cuts. */
const ALIKE = 1.3;
/**
 * Finishing times that lie no further apart than this (milliseconds) are taken for equal as well. So much goes into
 * messages whatever the share is: counted as the time of few slices it would make a worker with a small share look slow,
 * and its share smaller still.
 */
const TOGETHER = 5;

/** Milliseconds a slice, by worker and kind. */
type History = Map<string, Map<RoundKind, number>>;

function average(history: History, worker: string, kind: RoundKind, perSlice: number): void {
  const kinds = history.get(worker) ?? new Map<RoundKind, number>();
  const before = kinds.get(kind);
  kinds.set(kind, before === undefined ? perSlice : before + (perSlice - before) * NEWEST);
  history.set(worker, kinds);
}

export class WorkerSpeeds {
  /** Milliseconds a slice that a worker has needed: what it is held to. */
  readonly #history: History = new Map();
  /** The same with what it was late with: what it is given. Patience must not grow with messages that were lost. */
  readonly #pace: History = new Map();

  /** The worker has computed that many slices in that time. */
  observe(worker: string, kind: RoundKind, slices: number, milliseconds: number): void {
    average(this.#history, worker, kind, milliseconds / Math.max(1, slices));
    average(this.#pace, worker, kind, milliseconds / Math.max(1, slices));
  }

  /** The worker has not computed that many slices in that time, so that others had to. */
  observeLate(worker: string, kind: RoundKind, slices: number, milliseconds: number): void {
    average(this.#pace, worker, kind, milliseconds / Math.max(1, slices));
  }

  forget(worker: string): void {
    this.#history.delete(worker);
    this.#pace.delete(worker);
  }

  /** Usual milliseconds for that many slices; undefined without history. */
  expected(worker: string, kind: RoundKind, slices: number): number | undefined {
    const perSlice = this.#history.get(worker)?.get(kind);
    return perSlice === undefined ? undefined : perSlice * slices;
  }

  /** By thread counts until every worker has a history, then by measured speed. @param slices to be shared out */
  shares(workers: readonly { readonly worker: string; readonly threads: number }[], slices: number): WorkerShare[] {
    const byThreads = workers.map(({ worker, threads }) => ({ worker, speed: threads }));
    const measured = workers.map(({ worker }) => ({ worker, speed: this.#speed(worker) ?? 0 }));
    if (measured.some(({ speed }) => speed === 0)) return byThreads;
    const allThreads = workers.reduce((sum, { threads }) => sum + threads, 0);
    const times = workers.map(({ threads }, index) => threads / (measured[index] as WorkerShare).speed);
    const [first, last] = [Math.min(...times), Math.max(...times)];
    const alike = last <= first * ALIKE || ((last - first) * slices) / allThreads <= TOGETHER;
    return alike ? byThreads : measured;
  }

  #speed(worker: string): number | undefined {
    const perSlice = this.#pace.get(worker)?.get('train');
    return perSlice === undefined || perSlice <= 0 ? undefined : 1 / perSlice;
  }
}
