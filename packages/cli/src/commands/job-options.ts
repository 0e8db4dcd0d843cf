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

/** Adds `--tensorboard`, for commands that follow a job. */
export function addTensorboardOption(command: Command): Command {
  return command.option('--tensorboard <folder>', 'write the curves there, as TensorBoard reads them');
}

/** Example lines under the help, each a call and what it is for. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  $ lockstep ${line}`).join('\n')}`);
}
