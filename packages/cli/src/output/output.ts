/** Where a command writes: messages for people to stderr, results to stdout. */
import { readEnvironment } from '../options.js';
import { createStyle, type Style } from './style.js';

export interface Output {
  /** One message for people, or several lines of one. */
  say(text: string): void;
  /** What was asked for; with `--json` exactly one JSON value. */
  result(text: string): void;
  /** Text as it is, for lines that are drawn again and again. */
  draw(text: string): void;
  /** Whether messages go to a terminal, which can draw over its lines. */
  readonly isTerminal: boolean;
  /** Of the terminal, asked anew each time since it can be resized. */
  columns(): number;
  /** Of the terminal that results go to; Infinity where they go to a file or to another program. */
  resultColumns(): number;
  /** For messages. */
  readonly style: Style;
}

export function createProcessOutput(): Output {
  const { stdout, stderr } = process;
  // `lockstep demo | head` closes our stdout early; that is the reader's right and no reason to leave work undone.
  stdout.on('error', () => undefined);
  stderr.on('error', () => undefined);
  const isTerminal = stderr.isTTY;
  return {
    say: (text) => void stderr.write(`${text}\n`),
    result: (text) => void stdout.write(`${text}\n`),
    draw: (text) => void stderr.write(text),
    isTerminal,
    columns: () => stderr.columns || 80,
    resultColumns: () => (stdout.isTTY ? stdout.columns || 80 : Infinity),
    style: createStyle(isTerminal && !readEnvironment().noColor),
  };
}

/** Resolves when all that was written is out: a pipe takes 64 KiB at once, and the rest as its reader reads. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    // Also called when the reader has gone.
    else stream.write('', () => resolve());
  });
}
