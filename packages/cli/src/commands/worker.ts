/** `lockstep worker list|drain|revoke|admit`: the workers of a service. To run one: `services.ts`. */
import { formatGibibytes, type WorkerStatus } from '@lockstep/core';
import type { Command } from 'commander';
import { connect } from '../connection/connect.js';
import { renderTable } from '../output/table.js';
import { printResult, type Context } from './context.js';
import { addExamples, addJobOptions, type JobOptions } from './job-options.js';

/** @param worker the command that runs one */
export function addWorkerCommands(worker: Command, context: Context): void {
  const list = addJobOptions(worker.command('list'))
    .summary('list the workers of a service')
    .description('List the workers of a service, with what each is doing.')
    .action(async (options: JobOptions) => {
      const client = await connect(context, options);
      const workers = await client.workers.list();
      printResult(context, options.json === true, workers, renderWorkers(workers));
      if (workers.length === 0)
        context.output.say('there are no workers; one more: ./lockstep worker --nats <url of the NATS server>');
    });
  addExamples(list, 'worker list', "worker list --json | jq -r '.[].id'");
  const drain = addJobOptions(worker.command('drain').argument('<id>', 'the worker'))
    .summary('take a worker out of the cluster')
    .description('Have a worker finish what it computes, leave and end; the others do the rest. No job is lost by it.')
    .action(async (id: string, options: JobOptions) => {
      const client = await connect(context, options);
      const status = await client.workers.drain(id);
      printResult(context, options.json === true, status, '');
      context.output.say(`${id} finishes what it computes and leaves`);
    });
  addExamples(drain, 'worker drain w2');
  addAccessCommands(worker, context);
}

function addAccessCommands(worker: Command, context: Context): void {
  const revoke = addJobOptions(worker.command('revoke').argument('<id>', 'the worker'))
    .summary('shut a worker out')
    .description('Take a worker out of the cluster at once and let it in no more. The others do its work.')
    .action(async (id: string, options: JobOptions) => {
      const client = await connect(context, options);
      const status = await client.workers.revoke(id);
      printResult(context, options.json === true, status, '');
      context.output.say(`${id} is shut out until: lockstep worker admit ${id}`);
    });
  addExamples(revoke, 'worker revoke w2');
  const admit = addJobOptions(worker.command('admit').argument('<id>', 'the worker'))
    .summary('let a worker in again')
    .description('Let a worker in again that was shut out.')
    .action(async (id: string, options: JobOptions) => {
      const client = await connect(context, options);
      await client.workers.admit(id);
      printResult(context, options.json === true, { id }, '');
      context.output.say(`${id} may come in again`);
    });
  addExamples(admit, 'worker admit w2');
}

function renderWorkers(workers: readonly WorkerStatus[]): string {
  if (workers.length === 0) return '';
  const rows = workers.map(({ id, state, threads, memoryBytes, shares, host, pid, jobs, cpuClass }) => [
    ...[
      id,
      state,
      ...(state === 'REVOKED' ? ['–', '–'] : [String(threads), memory(memoryBytes, shares)]),
      jobs.length === 0 ? '–' : jobs.join(' '),
      host,
      state === 'REVOKED' ? '–' : String(pid),
      cpuClass,
    ],
  ]);
  return renderTable(
    [['id', 'state', 'threads', 'memory', 'jobs', 'host', 'pid', 'processor'], ...rows],
    (column) => column === 2 || column === 3,
  ).join('\n');
}

/** What its jobs take, of what they may take together. */
function memory(limit: number, shares: WorkerStatus['shares']): string {
  const taken = shares.reduce((sum, share) => sum + share.memoryBytes, 0);
  return limit === 0 ? formatGibibytes(taken) : `${formatGibibytes(taken)} of ${formatGibibytes(limit)}`;
}
