/** The lockstep command: which commands there are, and how each of them ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import type { Context } from './commands/context.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addServiceCommands } from './commands/services.js';
import { EXIT, exitCodeOf, renderFailure } from './output/failure.js';
import type { Output } from './output/output.js';
import { repositoryRoot } from './paths.js';

const EXAMPLES = `
Examples:
  $ lockstep demo              train handwritten digits on a cluster on this machine
  $ lockstep demo --kill       the same with a worker killed half-way: the same weights, bit by bit
  $ lockstep doctor            check this machine and the set-up`;

/**
 * @param args what follows the command's name
 * @returns the exit code; nothing is thrown
 */
export async function runCli(args: readonly string[], output: Output): Promise<number> {
  const context: Context = { output, exitCode: EXIT.done };
  const program = createProgram(context);
  if (args.length === 0) {
    output.result(program.helpInformation() + EXAMPLES);
    return EXIT.done;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // Commander has said it already; it fails with 1 where we have 2.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    output.say(renderFailure(error, output.style));
    return exitCodeOf(error);
  }
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
  addDemoCommand(program, context);
  addDoctorCommand(program, context);
  addServiceCommands(program, context);
  for (const command of [program, ...program.commands]) addUsageToErrors(command);
  return program;
}

function addUsageToErrors(command: Command): void {
  const name = command.parent === null ? 'lockstep' : `lockstep ${command.name()}`;
  command.showHelpAfterError(`Usage: ${name} ${command.usage()}\nSee: ${name} --help`);
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
}
