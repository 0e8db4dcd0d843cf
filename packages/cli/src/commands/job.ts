/** `lockstep job …`: what can be done with jobs of a service. */
import type { Command } from 'commander';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connection/connect.js';
import { addJsonOption, printResult, type Context } from './context.js';

interface JobOptions extends ConnectionOptions {
  readonly json?: true;
}

export function addJobCommands(program: Command, context: Context): void {
  const job = program
    .command('job')
    .summary('list, follow and steer jobs')
    .description('List, follow and steer the jobs of a service.');
  addListCommand(job, context);
  addGetCommand(job, context);
  addWatchCommand(job, context);
  addCancelCommand(job, context);
}

function addListCommand(job: Command, context: Context): void {
  addJobOptions(job.command('list'))
    .summary('list jobs, newest first')
    .description('List jobs, newest first, with their state, progress and metrics.')
    .action(async (options: JobOptions) => {
      const { renderJobList } = await import('../jobs/job-table.js');
      const client = await connect(context, options);
      const jobs = await client.jobs.list();
      printResult(context, options.json === true, jobs, renderJobList(jobs));
      if (jobs.length === 0)
        context.output.say('there are no jobs; the first: ./lockstep train examples/mnist-mlp.yaml');
    });
}

function addGetCommand(job: Command, context: Context): void {
  addJobOptions(job.command('get').argument('<id>', 'the job'))
    .summary('print the report of a job')
    .description('Print what is known about a job: its report, also while it runs.')
    .action(async (id: string, options: JobOptions) => {
      const { buildReport, renderReport } = await import('../output/report.js');
      const client = await connect(context, options);
      const status = await client.jobs.get(id);
      const report = { ...buildReport(status), reason: status.reason, progress: status.progress };
      printResult(context, options.json === true, report, renderReport(report));
      if (status.reason !== '') context.output.say(status.reason);
    });
}

function addWatchCommand(job: Command, context: Context): void {
  addJobOptions(job.command('watch').argument('<id>', 'the job'))
    .summary('follow a job to its end')
    .description('Follow a job to its end, print its report, and end with its result. Ctrl-C leaves the job running.')
    .action(async (id: string, options: JobOptions) => {
      const { watchJob } = await import('../jobs/watch-job.js');
      context.exitCode = await watchJob(context, id, options);
    });
}

function addCancelCommand(job: Command, context: Context): void {
  addJobOptions(job.command('cancel').argument('<id>', 'the job'))
    .summary('end a job before its end')
    .description('Cancel a job that is queued or runs.')
    .action(async (id: string, options: JobOptions) => {
      const client = await connect(context, options);
      const status = await client.jobs.cancel(id);
      printResult(context, options.json === true, status, '');
      context.output.say(`${status.name} (${id}) is ${status.state.toLowerCase()}`);
    });
}

function addJobOptions(command: Command): Command {
  return addConnectionOptions(addJsonOption(command));
}
