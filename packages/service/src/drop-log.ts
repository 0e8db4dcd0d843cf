/** Says which frames are dropped. Whoever is on the bus can send as many as they like, so it does not say so of each. */
import type { Logger } from 'pino';

const SILENT_MILLISECONDS = 10_000;

export class DropLog {
  readonly #log: Logger;
  /** By reason: until when no more is said, and of how many it was not. */
  readonly #said = new Map<string, { readonly until: number; unsaid: number }>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param reason one of few: the first of each in ten seconds is told, with the number of those before it that were not */
  dropped(reason: string, detail: string, subject: string): void {
    const now = performance.now();
    const last = this.#said.get(reason);
    if (last !== undefined && now < last.until) {
      last.unsaid += 1;
      return;
    }
    this.#said.set(reason, { until: now + SILENT_MILLISECONDS, unsaid: 0 });
    this.#log.warn({ reason, detail, subject, unsaid: last?.unsaid ?? 0 }, 'frame dropped');
  }
}
