/** Says what a job waits for: when its step machine says so, and when nothing has happened in a round for a while. */

/** A round in which nothing happens for so long says what it waits for, and again after a quarter of the wait. */
const STALL_MILLISECONDS = 2000;

export class StallWatch {
  readonly #onWaiting: (sentence: string) => void;
  /** When the round last went on, and when it has to be said what it waits for if it does not. */
  #progressAt = 0;
  #dueAt = 0;
  /** The sentence that was said last. */
  #said = '';

  /** @param onWaiting is called with each other sentence, and with an empty one when the job goes on */
  constructor(onWaiting: (sentence: string) => void) {
    this.#onWaiting = onWaiting;
  }

  /** When `check` is to be called next. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** A round begins, and may wait for what the one before has waited for. */
  restart(now: number): void {
    this.#progressAt = now;
    this.#dueAt = now + STALL_MILLISECONDS;
  }

  wentOn(now: number): void {
    this.restart(now);
    this.say('');
  }

  say(sentence: string): void {
    if (sentence === this.#said) return;
    this.#said = sentence;
    this.#onWaiting(sentence);
  }

  check(now: number, waitingFor: (now: number) => string): void {
    if (now < this.#dueAt) return;
    this.#dueAt = now + Math.max(STALL_MILLISECONDS, now - this.#progressAt) / 4;
    this.say(waitingFor(now));
  }
}
