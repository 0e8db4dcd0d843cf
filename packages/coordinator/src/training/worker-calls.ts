/**
 * Calls workers to a job, again until they answer, and lets go of them at its end, again if they speak all the same: an
 * order that is published while a worker's connection is renewed, or its answer, is lost like every other message, and
 * nobody else would notice.
 */

/** Longer each time: preparing may take its time. */
const AGAIN_MILLISECONDS = { first: 3000, most: 60_000 } as const;

export class WorkerCalls {
  readonly #call: (worker: string) => void;
  readonly #release: (worker: string) => void;
  readonly #called = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  #closed = false;

  constructor(call: (worker: string) => void, release: (worker: string) => void) {
    this.#call = call;
    this.#release = release;
  }

  /** Whether the worker was called, and has not answered yet. */
  awaits(worker: string): boolean {
    return this.#timers.has(worker);
  }

  /** Calls nobody after the end: a job is given workers until its end is committed. */
  call(worker: string): void {
    if (this.#closed) return;
    this.#called.add(worker);
    this.#callAgain(worker, AGAIN_MILLISECONDS.first);
  }

  /** It has answered, or is not there any more. */
  end(worker: string): void {
    clearTimeout(this.#timers.get(worker));
    this.#timers.delete(worker);
  }

  /** @returns whether the worker, which has spoken, has missed that the job does not need it any more */
  releaseAgain(worker: string): boolean {
    if (this.#closed) this.#release(worker);
    return this.#closed;
  }

  /** Lets go of all who were called, whether they answered or not. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#called) {
      this.end(worker);
      this.#release(worker);
    }
  }

  #callAgain(worker: string, milliseconds: number): void {
    clearTimeout(this.#timers.get(worker));
    this.#call(worker);
    const next = Math.min(2 * milliseconds, AGAIN_MILLISECONDS.most);
    const timer = setTimeout(() => {
      this.#callAgain(worker, next);
    }, milliseconds);
    this.#timers.set(worker, timer);
  }
}
