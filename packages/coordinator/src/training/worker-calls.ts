/**
 * Calls workers to a job, and again until they answer: an order that is published while a worker's connection is renewed,
 * or its answer, is lost like every other message, and nobody else would notice.
 */

/** Longer each time: preparing may take its time, and workers of version 1 begin anew when they are called again. */
const AGAIN_MILLISECONDS = { first: 3000, most: 60_000 } as const;

export class WorkerCalls {
  readonly #call: (worker: string) => void;
  readonly #called = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(call: (worker: string) => void) {
    this.#call = call;
  }

  /** Who was called, whether they answered or not. */
  get called(): ReadonlySet<string> {
    return this.#called;
  }

  call(worker: string): void {
    this.#called.add(worker);
    this.#callAgain(worker, AGAIN_MILLISECONDS.first);
  }

  /** It has answered, or is not there any more. */
  end(worker: string): void {
    clearTimeout(this.#timers.get(worker));
    this.#timers.delete(worker);
  }

  close(): void {
    for (const worker of this.#called) this.end(worker);
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
