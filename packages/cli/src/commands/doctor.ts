/** `lockstep doctor`: its options. What it checks is in `doctor/`. */
import type { Command } from 'commander';
import type { Context } from './context.js';

export function addDoctorCommand(program: Command, context: Context): void {
  program
    .command('doctor')
    .summary('check this machine and the set-up')
    .description('Check what this machine brings, the native files and what they do; exit 1 if anything is missing.')
    .option('--json', 'print the checks on stdout, as JSON')
    .addHelpText('after', '\nExample:\n  $ lockstep doctor')
    .action(async (options: { readonly json?: true }) => {
      const { runDoctor } = await import('../doctor/run-doctor.js');
      context.exitCode = await runDoctor({ json: options.json === true }, context.output);
    });
}
