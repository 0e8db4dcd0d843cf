/** What the options of `coordinator` and `worker` can do besides: come from the environment, and from files. */
import { readFile } from 'node:fs/promises';
import { LockstepError } from '@lockstep/core';
import { Option, type Command } from 'commander';
import { variableOf } from '../options.js';

/** Each option that is added from now on can be given as a variable too: containers have no long command lines. */
export function takeFromEnvironment(command: Command): Command {
  command.createOption = (flags, description) => {
    const option = new Option(flags, description);
    return option.long === '--help' ? option : option.env(variableOf(option.long ?? flags));
  };
  return command;
}

/**
 * The text of the file that an option names, under the option's key: secrets are given as files, never as values.
 *
 * @throws LockstepError INVALID_OPTION when it cannot be read
 */
export async function readOption<K extends string>(
  key: K,
  options: Readonly<Partial<Record<K, string | undefined>>>,
): Promise<Partial<Record<K, string>>> {
  const file = options[key];
  if (file === undefined) return {};
  try {
    return { [key]: await readFile(file, 'utf8') } as Record<K, string>;
  } catch (error) {
    const option = `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LockstepError('INVALID_OPTION', `the file of ${option} cannot be read: ${reason}`, {
      hint: `Check the path and who may read it; \`lockstep secrets make\` makes such files.`,
      cause: error,
    });
  }
}
