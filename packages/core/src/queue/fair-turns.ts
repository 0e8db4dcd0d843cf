/**
 * Whose task a thread takes next when several jobs have some: the job that has had the least of the threads' time so
 * far. A job with large native calls and one with small ones get the same time, not the same number of calls.
 */
export class FairTurns {
  /** Time that each job with tasks has had; comparable with each other only. */
  readonly #served = new Map<string, number>();

  /** The job has tasks from now on. It starts level with those that are there: time it did not ask for is not owed. */
  enter(job: string): void {
    if (this.#served.has(job)) return;
    this.#served.set(job, this.#served.size === 0 ? 0 : Math.min(...this.#served.values()));
  }

  /** The job has nothing left that waits or runs. */
  leave(job: string): void {
    this.#served.delete(job);
  }

  /** @param time that a thread has spent, or will probably spend, on a task of the job; negative to take back */
  charge(job: string, time: number): void {
    const served = this.#served.get(job);
    if (served !== undefined) this.#served.set(job, served + time);
  }

  /** The one of `jobs` (each has entered) whose turn it is; the first among equals. */
  next(jobs: Iterable<string>): string | undefined {
    let best: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const job of jobs) {
      const served = this.#served.get(job) ?? 0;
      if (served >= least) continue;
      least = served;
      best = job;
    }
    return best;
  }
}
