/** What a service has opened: closed in reverse order when the service stops, or when the rest of its start fails. */

type Close = () => Promise<void> | void;

export class Opened {
  readonly #closers: Close[] = [];
  #closing: Promise<void> | undefined;

  /** Notes how something is closed that has just been opened. */
  add(close: Close): void {
    this.#closers.push(close);
  }

  /** Closes what was opened, the last first, once. What fails in it keeps nothing open. @throws the first error of all */
  async close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  /**
   * What `start` gives; if it fails, everything is closed first.
   * @throws what `start` threw, whatever closing says
   */
  async orClose<T>(start: () => Promise<T>): Promise<T> {
    try {
      return await start();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
