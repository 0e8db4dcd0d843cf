/**
 * Who may use a thread next. Each job has a line of its own, and the lines take turns by the time that threads have
 * spent on them: a job with long native calls cannot keep one with short calls waiting for its whole round.
 */
import { FairTurns } from '@lockstep/core';

export class ThreadTurns {
  readonly #turns = new FairTurns();
  readonly #lines = new Map<string, (() => void)[]>();
  /** Microseconds that a job's task took last: what the next one is charged until it has ended. */
  readonly #usual = new Map<string, number>();
  #free: number;

  constructor(threads: number) {
    this.#free = threads;
  }

  /** Runs the task when a thread is free and it is the job's turn. */
  async run<T>(job: string, task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(job);
    const estimate = this.#usual.get(job) ?? 0;
    this.#turns.charge(job, estimate);
    const started = performance.now();
    try {
      return await task();
    } finally {
      const microseconds = (performance.now() - started) * 1000;
      this.#turns.charge(job, microseconds - estimate);
      this.#usual.set(job, microseconds);
      this.#next();
    }
  }

  /** The job is over on this worker; what of it still waits gets its turn all the same. */
  forget(job: string): void {
    this.#usual.delete(job);
    if (!this.#lines.has(job)) this.#turns.forget(job);
  }

  #wait(job: string): Promise<void> {
    return new Promise((resolve) => {
      const line = this.#lines.get(job);
      if (line === undefined) this.#lines.set(job, [resolve]);
      else line.push(resolve);
      this.#turns.waits(job);
    });
  }

  /** Hands the thread that has become free to whoever's turn it is. */
  #next(): void {
    const job = this.#turns.next();
    const line = job === undefined ? undefined : this.#lines.get(job);
    const begin = line?.shift();
    if (job === undefined || begin === undefined) {
      this.#free += 1;
      return;
    }
    if (line?.length === 0) {
      this.#lines.delete(job);
      this.#turns.rests(job);
    }
    begin();
  }
}
