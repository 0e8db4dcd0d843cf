/** `lockstep job …`: what can be seen of a service's jobs. What can be done with them is in `job-actions.ts`. */
import type { Command } from 'commander';
import { connect } from '../connection/connect.js';
import { printResult, type Context } from './context.js';
import { addActionCommands } from './job-actions.js';
import type { FollowingOptions } from '../jobs/watch-job.js';
import { addExamples, addJobOptions, addTensorboardOption, type JobOptions } from './job-options.js';

export function addJobCommands(program: Command, context: Context): void {
  const job = program
    .command('job')
    .summary('list, follow, compare and steer jobs')
    .description('List, follow, compare and steer the jobs of a service.');
  addExamples(job, 'job                     all jobs, newest first', 'job watch j-c7a85988    follow one to its end');
  addListCommand(job, context);
  addGetCommand(job, context);
  addWatchCommand(job, context);
  addLogsCommand(job, context);
  addCompareCommand(job, context);
  addActionCommands(job, context);
}

function addListCommand(job: Command, context: Context): void {
  const command = addJobOptions(job.command('list'))
    .summary('list jobs, newest first')
    .description('List jobs, newest first, with their state, progress and metrics side by side.')
    .action(async (options: JobOptions) => {
      const { renderJobList } = await import('../jobs/job-table.js');
      const client = await connect(context, options);
      const jobs = await client.jobs.list();
      printResult(context, options.json === true, jobs, renderJobList(jobs));
      if (jobs.length === 0)
        context.output.say('there are no jobs; the first: ./lockstep train examples/mnist-mlp.yaml');
    });
  addExamples(command, 'job', 'job list --json | jq -r \'.[] | select(.state == "FAILED") | .id\'');
}

function addGetCommand(job: Command, context: Context): void {
  const command = addJobOptions(job.command('get').argument('<id>', 'the job'))
    .summary('print the report of a job')
    .description('Print what is known about a job: its report, also while it runs.')
    .action(async (id: string, options: JobOptions) => {
      const { buildReport, renderReport } = await import('../output/report.js');
      const client = await connect(context, options);
      const status = await client.jobs.get(id);
      const report = { ...buildReport(status), reason: status.reason, progress: status.progress };
      printResult(context, options.json === true, report, renderReport(report, context.output.resultColumns()));
      if (status.reason !== '') context.output.say(status.reason);
    });
  addExamples(command, 'job get j-c7a85988', 'job get j-c7a85988 --json | jq -r .weightsSha256');
}

function addWatchCommand(job: Command, context: Context): void {
  const command = addTensorboardOption(addJobOptions(job.command('watch').argument('<id>', 'the job')))
    .summary('follow a job to its end')
    .description('Follow a job to its end, print its report, and end with its result. Ctrl-C leaves the job running.')
    .action(async (id: string, options: FollowingOptions) => {
      const { watchJob } = await import('../jobs/watch-job.js');
      context.exitCode = await watchJob(context, id, options);
    });
  addExamples(command, 'job watch j-c7a85988', 'job watch j-c7a85988 --tensorboard runs');
}

function addLogsCommand(job: Command, context: Context): void {
  const command = addJobOptions(job.command('logs').argument('<id>', 'the job'))
    .summary('print what the service has noted about a job')
    .description('Print the newest lines of the service’s log that are about a job, the oldest first.')
    .option('-f, --follow', 'go on until the job ends or Ctrl-C; with --json, each line is a JSON value')
    .action(async (id: string, options: JobOptions & { readonly follow?: true }) => {
      const { printLogs } = await import('../jobs/logs.js');
      context.exitCode = await printLogs(context, id, options);
    });
  addExamples(command, 'job logs j-c7a85988', 'job logs -f j-c7a85988');
}

function addCompareCommand(job: Command, context: Context): void {
  const command = addJobOptions(job.command('compare').argument('<a>', 'a job').argument('<b>', 'another'))
    .summary('compare two jobs: settings, metrics, curves')
    .description('Compare two jobs: where their job files differ, what came out, and the curves of their epochs.')
    .action(async (a: string, b: string, options: JobOptions) => {
      const { compareJobs, renderComparison } = await import('../jobs/compare-jobs.js');
      const client = await connect(context, options);
      const comparison = compareJobs(...(await Promise.all([client.jobs.get(a), client.jobs.get(b)])));
      printResult(context, options.json === true, comparison, renderComparison(comparison));
    });
  addExamples(command, 'job compare j-c7a85988 j-0b1d22aa');
}
