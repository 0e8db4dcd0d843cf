/** How far an import is: one line drawn over itself on a terminal, else a line each quarter. */
import { bytesText, grouped } from '../output/numbers.js';
import type { Output } from '../output/output.js';
import { renderBar } from '../output/progress-line.js';

export interface ImportDisplay {
  /** The files are looked through, of so many bytes; 0 where that is not known. */
  reading(bytes: number): void;
  /** So many bytes more. */
  read(bytes: number): void;
  converted(samples: number, total: number): void;
  /** A message in between, which the line makes room for. */
  say(text: string): void;
  end(): void;
}

const CLEAR_LINE = '\r\x1b[2K';
const DRAW_AGAIN_MILLISECONDS = 100;
/** Asking the clock at every sample would take longer than the samples do. */
const LOOK_EVERY_SAMPLES = 64;
const QUARTERS = 4;
/** What is done in a moment needs no lines. */
const WORTH_LINES = { bytes: 16 * 2 ** 20, samples: 10_000 };

/** @param now a monotonic clock in milliseconds */
export function createImportDisplay(output: Output, now: () => number = () => performance.now()): ImportDisplay {
  const line = new ProgressLine(output, now);
  let size = 0;
  let done = 0;
  return {
    reading: (bytes) => {
      [size, done] = [bytes, 0];
      line.begin(bytes >= WORTH_LINES.bytes);
    },
    read: (bytes) => {
      done += bytes;
      if (size > 0) line.show(Math.min(1, done / size), `looked through ${bytesText(done)} of ${bytesText(size)}`);
    },
    converted: (samples, total) => {
      if (samples === 1) line.begin(total >= WORTH_LINES.samples);
      if (samples % LOOK_EVERY_SAMPLES !== 0 && samples !== total) return;
      line.show(samples / total, `imported ${grouped(samples)} of ${grouped(total)} samples`);
    },
    say: (text) => {
      line.clear();
      output.say(text);
    },
    end: () => {
      line.clear();
    },
  };
}

class ProgressLine {
  readonly #output: Output;
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #isDrawn = false;
  #isWorthLines = false;
  #quarter = 0;

  constructor(output: Output, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  begin(isWorthLines: boolean): void {
    this.#isWorthLines = isWorthLines;
    this.#quarter = 0;
  }

  show(share: number, text: string): void {
    if (this.#output.isTerminal) this.#draw(share, text);
    else this.#sayAtQuarters(share, text);
  }

  clear(): void {
    if (this.#isDrawn) this.#output.draw(CLEAR_LINE);
    this.#isDrawn = false;
  }

  #sayAtQuarters(share: number, text: string): void {
    const quarter = Math.floor(share * QUARTERS);
    if (this.#isWorthLines && quarter > this.#quarter) this.#output.say(text);
    this.#quarter = Math.max(this.#quarter, quarter);
  }

  #draw(share: number, text: string): void {
    if (this.#now() - this.#drawnAt < DRAW_AGAIN_MILLISECONDS) return;
    this.#drawnAt = this.#now();
    this.#isDrawn = true;
    this.#output.draw(`${CLEAR_LINE}${`${renderBar(share)} ${text}`.slice(0, this.#output.columns() - 1)}`);
  }
}
