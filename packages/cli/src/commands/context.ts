import type { Output } from '../output/output.js';

/** What every command is handed: where it writes, and where it leaves the exit code. */
export interface Context {
  readonly output: Output;
  exitCode: number;
}
