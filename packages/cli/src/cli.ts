/** The lockstep command: which commands there are, and how each of them ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { describeCommand, type CommandDescription } from './command-tree.js';
import { addCompletionCommand } from './commands/completion.js';
import type { Context } from './commands/context.js';
import { addContextCommands } from './commands/contexts.js';
import { addDatasetCommands } from './commands/dataset.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addInitCommand } from './commands/init.js';
import { addJobCommands } from './commands/job.js';
import { addModelCommands } from './commands/model.js';
import { addSecretsCommands } from './commands/secrets.js';
import { addServiceCommands } from './commands/services.js';
import { addTokenCommands } from './commands/token.js';
import { addTrainCommand } from './commands/train.js';
import { addUpCommand } from './commands/up.js';
import { addVerifyCommand } from './commands/verify.js';
import { readEnvironment, type Environment } from './options.js';
import { EXIT, exitCodeOf, renderFailure } from './output/failure.js';
import { createProcessOutput, type Output } from './output/output.js';
import { repositoryRoot } from './paths.js';

const EXAMPLES = `
Examples:
  $ lockstep demo                 train handwritten digits on a cluster on this machine
  $ lockstep demo --kill          the same with a worker killed half-way: the same weights, bit by bit
  $ lockstep up                   start a cluster on this machine that stays
  $ lockstep init my-job          write a job file to start from
  $ lockstep train my-job.yaml    train it there, or on any other cluster
  $ lockstep doctor               check this machine and the set-up`;

/**
 * @param args what follows the command's name
 * @returns the exit code; nothing is thrown
 */
export async function runCli(
  args: readonly string[],
  output: Output,
  environment: Environment = readEnvironment(),
): Promise<number> {
  const context: Context = { output, environment, exitCode: EXIT.done };
  const program = createProgram(context);
  if (args.length === 0) {
    output.result(program.helpInformation() + EXAMPLES);
    return EXIT.done;
  }
  try {
    await program.parseAsync(withoutBareNoun(program, args, environment), { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // Commander has said it already; it fails with 1 where we have 2.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    output.say(renderFailure(error, output.style));
    return exitCodeOf(error);
  }
}

/** All commands with their options. */
export function describeCommands(): CommandDescription {
  const nowhere = createProcessOutput();
  return describeCommand(createProgram({ output: nowhere, environment: readEnvironment(), exitCode: EXIT.done }));
}

/** A new command is a file in `commands/` and a line here. */
function createProgram(context: Context): Command {
  const program = new Command('lockstep')
    .description(
      'Train neural networks on clusters of ordinary CPU machines: the same bits with any number of workers.',
    )
    .version(readVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        context.output.result(text.trimEnd());
      },
      writeErr: (text) => {
        context.output.say(text.trimEnd());
      },
    });
  addUpCommand(program, context);
  addInitCommand(program, context);
  addTrainCommand(program, context);
  addJobCommands(program, context);
  addVerifyCommand(program, context);
  addDatasetCommands(program, context);
  addDemoCommand(program, context);
  addModelCommands(program, context);
  addTokenCommands(program, context);
  addSecretsCommands(program, context);
  addDoctorCommand(program, context);
  addContextCommands(program, context);
  addCompletionCommand(program, context);
  addServiceCommands(program, context);
  finish(program, '');
  return program;
}

/** What holds for every command, however deep. */
function finish(command: Command, path: string): void {
  const name = `${path}${command.name()}`;
  command.showHelpAfterError(`Usage: ${name} ${command.usage()}\nSee: ${name} --help`).helpCommand(false);
  command.helpOption('--help', command.parent === null ? 'print this help' : 'print the options');
  for (const child of command.commands) finish(child, `${name} `);
}

/**
 * A noun alone lists: `lockstep job --json` is `lockstep job list --json`. `lockstep worker` runs one as well, so there
 * an option of its own says that it is not to list, and so does the variable that names its NATS server.
 */
function withoutBareNoun(program: Command, args: readonly string[], { runsWorker }: Environment): string[] {
  const [noun = '', next] = args;
  const command = program.commands.find((one) => one.name() === noun);
  if (command?.commands.some(isList) !== true || next === '--help') return [...args];
  if (noun === 'worker' && next === undefined && runsWorker) return [...args];
  const own = new Set(command.options.map(({ long }) => long ?? ''));
  const isBare = next === undefined || (next.startsWith('-') && !args.some((arg) => own.has(arg.replace(/=.*$/s, ''))));
  return isBare ? [noun, 'list', ...args.slice(1)] : [...args];
}

function isList(command: Command): boolean {
  return command.name() === 'list';
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
}
