/** `lockstep verify`: its argument. What it does is in `jobs/verify.ts`. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import type { VerifyOptions } from '../jobs/verify.js';
import { addExamples, addJobOptions } from './job-options.js';

export function addVerifyCommand(program: Command, context: Context): void {
  const command = addJobOptions(program.command('verify').argument('<job>', 'a job that has succeeded'))
    .summary('run a finished job again and compare the weights')
    .description(
      'Run a finished job again, from its start, and compare the SHA-256 of the weights: exit 0 if it is the same, else 1. ' +
        'If it is the same, the second job and its model are deleted; else they stay, to be looked into.',
    )
    .option('--keep', 'keep the second job and its model in any case')
    .action(async (id: string, options: VerifyOptions) => {
      const { verifyJob } = await import('../jobs/verify.js');
      context.exitCode = await verifyJob(context, id, options);
    });
  addExamples(command, 'verify j-c7a85988', 'verify j-c7a85988 --keep', 'verify j-c7a85988 --json | jq .same');
}
