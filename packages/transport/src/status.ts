/** Spreads what happens to a connection to its listeners. */
import type { TransportStatus } from './bus.js';

export class StatusListeners {
  readonly #listeners: ((status: TransportStatus) => void)[] = [];

  add(listener: (status: TransportStatus) => void): void {
    this.#listeners.push(listener);
  }

  report(type: TransportStatus['type'], message: string): void {
    for (const listener of this.#listeners) listener({ type, message });
  }

  /** A handler that throws must not take the connection down with it: nats.js would stop reading. */
  guard<T>(subject: string, handler: (message: T) => void): (message: T) => void {
    return (message) => {
      try {
        handler(message);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.report('error', `A message on ${subject} could not be handled: ${reason}`);
      }
    };
  }
}
