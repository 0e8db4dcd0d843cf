/** A job's events in their order, for followers that come, go and come back. */
import { isFinal, type JobEvent, type JobProgress, type JobStatus } from '@lockstep/core';

/** An event with its number in the job's stream. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: JobEvent;
}

/** Numbers of events go on from coordinator to coordinator: followers say which one they saw last. */
const EVENTS_A_TERM = 1e9;

/** Events kept for followers that come back with the number of the last one they saw. */
const KEPT_EVENTS = 1000;

export class JobEvents {
  #events: NumberedEvent[] = [];
  #count: number;
  /** Numbers up to this one may have been given by a coordinator before this one. */
  #before: number;
  readonly #followers = new Set<(event: NumberedEvent) => void>();

  constructor(term: number) {
    this.#count = term * EVENTS_A_TERM;
    this.#before = this.#count;
  }

  get followed(): boolean {
    return this.#followers.size > 0;
  }

  /** Of the last while, oldest first. */
  get recentProgress(): readonly JobProgress[] {
    return this.#events.flatMap(({ event }) => (event.type === 'progress' ? [event.progress] : []));
  }

  beginTerm(term: number): void {
    this.#count = Math.max(this.#count, term * EVENTS_A_TERM);
  }

  /** Events after number `after`, then each new one; the function returned ends it. */
  follow(after: number | undefined, status: JobStatus, send: (event: NumberedEvent) => void): () => void {
    const missed = after === undefined ? [] : this.#events.filter(({ number }) => number > after);
    const first = this.#events[0]?.number ?? this.#count + 1;
    // A job that waits keeps its term when its coordinator is another: numbers that are not of this one say nothing.
    const isKnown = after !== undefined && after > this.#before && after <= this.#count;
    if (after !== undefined) this.#goOnAfter(after);
    // Who is new, was away for too long, or comes after the end, gets the whole status.
    if (!isKnown || after + 1 < first || (missed.length === 0 && isFinal(status.state))) {
      send({ number: this.#count, event: { type: 'state', status } });
    } else {
      missed.forEach(send);
    }
    this.#followers.add(send);
    return () => this.#followers.delete(send);
  }

  /** Numbers only grow, also for who has seen some of a coordinator before this one. */
  #goOnAfter(seen: number): void {
    const endOfTerm = (Math.floor(this.#count / EVENTS_A_TERM) + 1) * EVENTS_A_TERM;
    if (seen <= this.#count || seen + 1 >= endOfTerm) return;
    this.#count = seen + 1;
    this.#before = this.#count;
  }

  emit(event: JobEvent): void {
    this.#count += 1;
    const numbered = { number: this.#count, event };
    this.#events.push(numbered);
    if (this.#events.length > KEPT_EVENTS) this.#events = this.#events.slice(-KEPT_EVENTS / 2);
    for (const send of this.#followers) send(numbered);
  }

  /** Something changed that nobody follows: whoever comes back gets the whole status. */
  forget(): void {
    this.#count += 1;
    this.#events = [];
  }
}
