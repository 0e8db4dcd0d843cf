/** Virtual time: what is to happen, in order of time and then of planning, and a generator to draw chances from. */

export class Schedule {
  #now = 0;
  #planned = 0;
  #queue: { readonly at: number; readonly order: number; readonly action: () => void }[] = [];

  get now(): number {
    return this.#now;
  }

  after(milliseconds: number, action: () => void): void {
    this.#queue.push({ at: this.#now + milliseconds, order: this.#planned++, action });
  }

  /** Does the next thing; false when nothing is planned. */
  next(): boolean {
    let first = 0;
    this.#queue.forEach((entry, index) => {
      const best = this.#queue[first];
      if (best !== undefined && (entry.at < best.at || (entry.at === best.at && entry.order < best.order))) {
        first = index;
      }
    });
    const [entry] = this.#queue.splice(first, 1);
    if (entry === undefined) return false;
    this.#now = entry.at;
    entry.action();
    return true;
  }
}

/** mulberry32: small, and good enough to draw schedules. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}
