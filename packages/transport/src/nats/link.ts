/**
 * Whether a connection is there, for what waits on it. nats.js drops what is published while it is not, and lets
 * requests that were under way when it broke run into their time-outs; both would cost seconds at every restart of the
 * server.
 */
import { LockstepError } from '@lockstep/core';
import { withDeadline } from '../deadline.js';

export class Link {
  /** Since when it is not there, by the monotonic clock. */
  #lostAt: number | undefined;
  readonly #waitingForUp = new Set<() => void>();
  /** Not promises: one that lives as long as the connection would keep everything that ever waited on it. */
  readonly #onDown = new Set<() => void>();

  get connected(): boolean {
    return this.#lostAt === undefined;
  }

  /** For how long it has not been there; 0 while it is. */
  get awayMilliseconds(): number {
    return this.#lostAt === undefined ? 0 : performance.now() - this.#lostAt;
  }

  setConnected(connected: boolean): void {
    this.#lostAt = connected ? undefined : (this.#lostAt ?? performance.now());
    const callbacks = connected ? this.#waitingForUp : this.#onDown;
    for (const callback of [...callbacks]) callback();
    callbacks.clear();
  }

  /**
   * Waits for the connection, does `action` with the milliseconds that are left, and rejects with UNREACHABLE when the
   * connection breaks meanwhile: whether the action had its effect is not known then. `what` follows "waiting for".
   */
  async attempt<T>(milliseconds: number, what: string, action: (left: number) => Promise<T>): Promise<T> {
    const started = performance.now();
    await this.#up(milliseconds, what);
    const left = Math.max(1, milliseconds - (performance.now() - started));
    return this.#unlessDown(what, () => action(left));
  }

  async #up(milliseconds: number, what: string): Promise<void> {
    if (this.connected) return;
    let waiting = (): void => undefined;
    const up = new Promise<void>((resolve) => {
      waiting = resolve;
      this.#waitingForUp.add(waiting);
    });
    try {
      await withDeadline(up, milliseconds, what);
    } finally {
      this.#waitingForUp.delete(waiting);
    }
  }

  async #unlessDown<T>(what: string, action: () => Promise<T>): Promise<T> {
    let down = (): void => undefined;
    const broken = new Promise<never>((_resolve, reject) => {
      down = () => reject(new LockstepError('UNREACHABLE', `The connection was lost in waiting for ${what}.`));
      this.#onDown.add(down);
    });
    try {
      return await Promise.race([action(), broken]);
    } finally {
      this.#onDown.delete(down);
    }
  }
}
