/**
 * Whose task a thread takes next when tasks of several jobs wait: the job's that has had the least of the threads' time.
 * A job of large native calls and one of small ones get the same time, not the same number of calls.
 */
export class FairTurns {
  /** Time that each job has had; comparable with each other only. */
  readonly #served = new Map<string, number>();
  readonly #waiting = new Set<string>();

  /** Tasks of the job wait from now on. Time that it did not ask for while others waited is not owed to it. */
  waits(job: string): void {
    if (this.#waiting.has(job)) return;
    const least = Math.min(...[...this.#waiting].map((other) => this.#servedOf(other)));
    this.#served.set(job, Math.max(this.#servedOf(job), Number.isFinite(least) ? least : 0));
    this.#waiting.add(job);
  }

  /** None of the job's tasks waits any more; what it has had is remembered. */
  rests(job: string): void {
    this.#waiting.delete(job);
  }

  /** The job is over. */
  forget(job: string): void {
    this.#waiting.delete(job);
    this.#served.delete(job);
  }

  /** @param time that a thread spends on a task of the job; negative takes back what was estimated too high */
  charge(job: string, time: number): void {
    this.#served.set(job, this.#servedOf(job) + time);
  }

  /** The waiting job whose turn it is; among equals who came first. */
  next(): string | undefined {
    let best: string | undefined;
    for (const job of this.#waiting) {
      if (best === undefined || this.#servedOf(job) < this.#servedOf(best)) best = job;
    }
    return best;
  }

  #servedOf(job: string): number {
    return this.#served.get(job) ?? 0;
  }
}
