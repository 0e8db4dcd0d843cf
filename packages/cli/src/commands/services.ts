/** `lockstep coordinator` and `lockstep worker`: the two services, as containers run them. */
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { CLI_DEFAULTS, parseNatsUrl, parsePort, parseThreads, parseWorkerId, type LogFormat } from '../options.js';
import type { Context } from './context.js';

interface CommonOptions {
  readonly nats: string;
  readonly dataDir?: string;
  readonly log: LogFormat;
}

interface CoordinatorCommandOptions extends CommonOptions {
  readonly host: string;
  readonly port: number;
  readonly tokens?: string;
}

interface WorkerCommandOptions extends CommonOptions {
  readonly id?: string;
  readonly threads?: number;
}

export function addServiceCommands(program: Command, context: Context): void {
  addCommonOptions(program.command('coordinator'))
    .summary('run a coordinator')
    .description('Run a coordinator: it takes jobs over HTTP, gives out their work and keeps the parameters.')
    .option('--host <address>', 'where the HTTP API listens', CLI_DEFAULTS.host)
    .option('--port <n>', 'its port; 0 takes a free one', parsePort, CLI_DEFAULTS.port)
    .option('--tokens <file>', 'who may use it: see `lockstep token` (default: tokens.json in the data folder)')
    .action(async (options: CoordinatorCommandOptions) => {
      const { startCoordinator } = await import('@lockstep/coordinator');
      const { runService } = await import('../service-process.js');
      const { nats: natsUrl, host, port, log, tokens } = options;
      const dataDir = options.dataDir ?? join(CLI_DEFAULTS.dataDir, 'coordinator');
      context.exitCode = await runService(() =>
        startCoordinator({ natsUrl, host, port, dataDir, log, ...(tokens !== undefined && { tokens }) }),
      );
    });
  addCommonOptions(program.command('worker'))
    .summary('run a worker')
    .description('Run a worker: it computes gradients for the jobs of its cluster.')
    .option('--threads <n>', 'threads that compute, 1 to 64 (default: one a core)', parseThreads)
    .option('--id <id>', 'its name in the cluster (default: made up)', parseWorkerId)
    .action(async (options: WorkerCommandOptions) => {
      const { startWorker } = await import('@lockstep/worker');
      const { runService } = await import('../service-process.js');
      const { nats: natsUrl, log, ...written } = options;
      context.exitCode = await runService(() => startWorker({ natsUrl, log, ...written }));
    });
}

function addCommonOptions(command: Command): Command {
  const log = new Option('--log <format>', 'how the log is written').choices(['json', 'silent']);
  return command
    .requiredOption('--nats <url>', 'the NATS server, such as nats://127.0.0.1:4222', parseNatsUrl)
    .option('--data-dir <folder>', 'where it keeps its files')
    .addOption(log.default('json'));
}
