/** A token bucket for each caller: a burst at once, and then so many requests a second. Time is handed in. */

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  readonly left: number;
  /** Milliseconds. */
  readonly at: number;
}

/** Callers that are remembered; the one that was not seen for longest is forgotten first. */
const MAX_CALLERS = 10_000;

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /**
   * @param now milliseconds
   * @returns 0 when the request may come, else the seconds until the next one may
   */
  take(caller: string, now: number): number {
    const { perSecond, burst } = this.#limit;
    const before = this.#buckets.get(caller) ?? { left: burst, at: now };
    const left = Math.min(burst, before.left + ((now - before.at) / 1000) * perSecond);
    const wait = left >= 1 ? 0 : (1 - left) / perSecond;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { left: wait === 0 ? left - 1 : left, at: now });
    if (this.#buckets.size > MAX_CALLERS) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    return wait;
  }
}
