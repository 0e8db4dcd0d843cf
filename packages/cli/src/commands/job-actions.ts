/** `lockstep job …`: what can be done with a service's jobs. */
import type { JobsClient } from '@lockstep/client';
import type { JobStatus } from '@lockstep/core';
import type { Command } from 'commander';
import { connect } from '../connection/connect.js';
import type { RetryOptions } from '../jobs/retry.js';
import { collect } from '../options.js';
import { printResult, type Context } from './context.js';
import { addExamples, addJobOptions, addTensorboardOption, type JobOptions } from './job-options.js';

interface Action {
  readonly name: 'cancel' | 'pause' | 'resume';
  readonly summary: string;
  readonly description: string;
}

const ACTIONS: readonly Action[] = [
  {
    name: 'cancel',
    summary: 'end a job before its end',
    description: 'Cancel a job that is queued, paused or runs. It cannot be resumed; `job retry` runs it again.',
  },
  {
    name: 'pause',
    summary: 'stop a job for a while',
    description:
      'Stop a job after the step that is under way, and leave its workers to others. What it has learned is kept.',
  },
  {
    name: 'resume',
    summary: 'go on with a paused job',
    description: 'Go on with a paused job from where it stopped: its weights come out as if it had not been paused.',
  },
];

export function addActionCommands(job: Command, context: Context): void {
  for (const action of ACTIONS) addStateCommand(job, context, action);
  addRetryCommand(job, context);
  addDeleteCommand(job, context);
}

function addStateCommand(job: Command, context: Context, { name, summary, description }: Action): void {
  const command = addJobOptions(job.command(name).argument('<id>', 'the job'))
    .summary(summary)
    .description(description)
    .action(async (id: string, options: JobOptions) => {
      const { jobs }: { readonly jobs: JobsClient } = await connect(context, options);
      const status: JobStatus = await jobs[name](id);
      printResult(context, options.json === true, status, '');
      context.output.say(`${status.name} (${id}) is ${status.state.toLowerCase()}`);
    });
  addExamples(command, `job ${name} j-c7a85988`);
}

function addRetryCommand(job: Command, context: Context): void {
  const command = addTensorboardOption(addJobOptions(job.command('retry').argument('<id>', 'a job that is over')))
    .summary('run a job again, the same or changed')
    .description('Run a job that is over once more, as a new job: with the job file it had, a changed one, or another.')
    .option('--set <setting>', 'change the job: path=value, as often as needed', collect)
    .option('--job <file>', 'another job file in place of the one it had')
    .option('--no-wait', 'submit the job, print its id, and end')
    .action(async (id: string, options: RetryOptions) => {
      const { retryJob } = await import('../jobs/retry.js');
      context.exitCode = await retryJob(context, id, options);
    });
  addExamples(
    command,
    'job retry j-c7a85988',
    'job retry j-c7a85988 --set training.epochs=+5 --set training.seed=8',
    'job retry j-c7a85988 --job job.yaml --no-wait',
  );
}

function addDeleteCommand(job: Command, context: Context): void {
  const command = addJobOptions(job.command('delete').argument('<id>', 'a job that is over'))
    .summary('forget a job that is over')
    .description('Forget a job that is over: its record, history and checkpoints. Its model stays.')
    .action(async (id: string, options: JobOptions) => {
      const client = await connect(context, options);
      await client.jobs.delete(id);
      printResult(context, options.json === true, { id, deleted: true }, '');
      context.output.say(`job ${id} is forgotten`);
    });
  addExamples(command, 'job delete j-c7a85988');
}
