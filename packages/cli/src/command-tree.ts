/** The commands as plain data, read off the program itself: for completion, and for the test that the docs have them all. */
import type { Command, Option } from 'commander';

export interface CommandDescription {
  /** Such as `lockstep job list`. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentDescription[];
  readonly options: readonly OptionDescription[];
  readonly commands: readonly CommandDescription[];
}

export interface ArgumentDescription {
  readonly name: string;
  readonly choices: readonly string[];
}

export interface OptionDescription {
  /** As in the help: `--workers <n>`. */
  readonly flags: string;
  /** `--workers` */
  readonly name: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** The environment variable that stands for it, if one does. */
  readonly variable: string | undefined;
  readonly description: string;
}

export function describeCommand(command: Command, parentPath = ''): CommandDescription {
  const path = parentPath === '' ? command.name() : `${parentPath} ${command.name()}`;
  // The help shows the options that commander adds by itself too: --help, --version.
  const options = command.createHelp().visibleOptions(command).map(describeOption);
  return {
    ...{ path, options, name: command.name(), summary: command.summary() || command.description() },
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      choices: argument.argChoices ?? [],
    })),
    commands: command.commands.map((child) => describeCommand(child, path)),
  };
}

function describeOption(option: Option): OptionDescription {
  return {
    flags: option.flags,
    name: option.long ?? option.flags,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    variable: option.envVar,
    description: option.description,
  };
}
