/** What the commands that work on a service's jobs have in common. */
import type { Command } from 'commander';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connect.js';
import { addJsonOption } from './context.js';

export interface JobOptions extends ConnectionOptions {
  readonly json?: true;
}

/** Adds `--json` and where the service is. */
export function addJobOptions(command: Command): Command {
  return addConnectionOptions(addJsonOption(command));
}

/** Example lines under the help, each a call and what it is for. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  $ lockstep ${line}`).join('\n')}`);
}
