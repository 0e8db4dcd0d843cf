import type { Command } from 'commander';
import type { Environment } from '../options.js';
import type { Output } from '../output/output.js';

/** What every command is handed: where it writes, what surrounds it, and where it leaves the exit code. */
export interface Context {
  readonly output: Output;
  readonly environment: Environment;
  exitCode: number;
}

/** The result of a command on stdout: one JSON value with `--json`, else text; nothing for a text that is empty. */
export function printResult({ output }: Context, json: boolean, value: unknown, text: string): void {
  if (json) output.result(JSON.stringify(value, undefined, 2));
  else if (text !== '') output.result(text);
}

/** Adds `--json`, which every command has. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print the result on stdout, as JSON');
}
