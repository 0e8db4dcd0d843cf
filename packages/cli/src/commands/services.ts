/** `lockstep coordinator` and `lockstep worker`: the two services, as containers run them. What else workers are asked: `worker.ts`. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CoordinatorOptions } from '@lockstep/coordinator';
import type { LogFormat, LogLevel } from '@lockstep/service';
import type { WorkerOptions } from '@lockstep/worker';
import {
  CLI_DEFAULTS,
  LOG_FORMATS,
  LOG_LEVELS,
  parseBytes,
  parseJobs,
  parseLife,
  parseMaxRunning,
  parseNatsUrl,
  parsePort,
  parseReplicas,
  parseThreads,
  parseWorkerId,
} from '../options.js';
import type { Context } from './context.js';
import { addExamples } from './job-options.js';
import { readOption, takeFromEnvironment } from './service-options.js';
import { addWorkerCommands } from './worker.js';

interface CommonOptions {
  readonly dataDir?: string;
  readonly natsCa?: string;
  readonly log?: LogFormat;
  readonly logLevel: LogLevel;
}

interface CoordinatorCommandOptions extends CommonOptions {
  readonly nats: string;
  readonly natsReplicas: number;
  readonly natsCredentials?: string;
  readonly workerSigningKey?: string;
  readonly credentialSeconds: number;
  readonly host: string;
  readonly port: number;
  readonly tokens?: string;
  readonly maxRunning: number;
  readonly maxRunningPerOwner?: number;
  readonly maxQueued: number;
  readonly maxQueuedPerOwner: number;
}

interface WorkerCommandOptions extends CommonOptions {
  readonly nats?: string;
  readonly joinCredentials?: string;
  readonly id?: string;
  readonly threads?: number;
  readonly memory?: number;
  readonly cacheDir?: string;
  readonly cacheMemory?: number;
  readonly cacheDisk?: number;
  readonly metricsPort?: number;
  readonly metricsHost: string;
}

/** What the options of the cache say in every command that has them. */
export const CACHE = {
  memory: 'of shards in memory; rows of the others are read from disk (default: 256MiB)',
  disk: 'of shards on disk; those not used for longest go first (default: 10GiB)',
} as const;

const NATS = 'the NATS server, such as nats://127.0.0.1:4222; of a cluster several, with commas between';

export function addServiceCommands(program: Command, context: Context): void {
  addCoordinatorCommand(program, context);
  addWorkerCommand(program, context);
}

function addCoordinatorCommand(program: Command, context: Context): void {
  const command = takeFromEnvironment(program.command('coordinator'));
  const coordinator = addCommonOptions(command.requiredOption('--nats <url>', NATS, parseNatsUrl))
    .summary('run a coordinator')
    .description('Run a coordinator: it takes jobs over HTTP, gives out their work and keeps the parameters.')
    .option('--nats-replicas <n>', 'copies of what NATS stores: 1, 3 or 5', parseReplicas, CLI_DEFAULTS.natsReplicas)
    .option('--nats-credentials <file>', 'its .creds file, where NATS asks for one')
    .option('--worker-signing-key <file>', 'what it signs the credentials of workers with')
    .option('--credential-seconds <n>', 'their life, 5 to 86400', parseLife, CLI_DEFAULTS.credentialSeconds)
    .option('--host <address>', 'where the HTTP API listens', CLI_DEFAULTS.host)
    .option('--port <n>', 'its port; 0 takes a free one', parsePort, CLI_DEFAULTS.port)
    .option('--max-running <n>', 'jobs that run side by side, 1 to 4', parseMaxRunning, CLI_DEFAULTS.maxRunning)
    .option('--max-running-per-owner <n>', 'of one owner (default: all of them)', parseMaxRunning)
    .option('--max-queued <n>', 'jobs that may wait', parseJobs, CLI_DEFAULTS.maxQueued)
    .option('--max-queued-per-owner <n>', 'of one owner', parseJobs, CLI_DEFAULTS.maxQueuedPerOwner)
    .option('--tokens <file>', 'who may use it: see `lockstep token` (default: tokens.json in the data folder)')
    .action(async (options: CoordinatorCommandOptions) => {
      const { startCoordinator } = await import('@lockstep/coordinator');
      const { runService } = await import('../service-process.js');
      context.exitCode = await runService({ service: 'coordinator', format: options.log }, async (log) =>
        startCoordinator(await coordinatorOptions({ ...options, log })),
      );
    });
  addExamples(
    coordinator,
    'coordinator --nats nats://127.0.0.1:4222',
    'coordinator --nats nats://nats:4222 --host 0.0.0.0',
  );
}

async function coordinatorOptions(options: CoordinatorCommandOptions): Promise<CoordinatorOptions> {
  const { nats: natsUrl, host, port, log, logLevel, tokens, maxRunning, maxQueued, maxQueuedPerOwner } = options;
  const dataDir = options.dataDir ?? join(CLI_DEFAULTS.dataDir, 'coordinator');
  const { maxRunningPerOwner = maxRunning, credentialSeconds, natsReplicas } = options;
  const limits = { maxRunning, maxRunningPerOwner, maxQueued, maxQueuedPerOwner };
  return {
    ...{ natsUrl, host, port, dataDir, logLevel, limits, credentialSeconds, natsReplicas },
    ...(log !== undefined && { log }),
    ...(tokens !== undefined && { tokens }),
    ...(await readOption('natsCredentials', options)),
    ...(await readOption('natsCa', options)),
    ...(await readOption('workerSigningKey', options)),
  };
}

function addWorkerCommand(program: Command, context: Context): void {
  const worker: Command = takeFromEnvironment(program.command('worker')).option(
    '--nats <url>',
    `${NATS} (required to run one)`,
    parseNatsUrl,
  );
  addCommonOptions(worker)
    .summary('run a worker; list and drain those of a service')
    .description(
      'Run a worker, which computes gradients for the jobs of its cluster; or list and drain the workers of a service.',
    )
    .option('--join-credentials <file>', 'the .creds file that it asks for its own with')
    .option(
      '--threads <n>',
      'threads that compute, 1 to 64 (default: one a core that the container may use)',
      parseThreads,
    )
    .option('--memory <size>', 'what its jobs may take (default: three quarters of the machine’s)', parseBytes)
    .option('--id <id>', 'its name in the cluster (default: made up)', parseWorkerId)
    .option('--cache-memory <size>', CACHE.memory, parseBytes)
    .option('--cache-disk <size>', CACHE.disk, parseBytes)
    .option('--cache-dir <folder>', 'where shards are kept; workers of a machine may share it')
    .option('--metrics-port <n>', 'of /metrics, /livez and /readyz; 0 takes a free one (default: none)', parsePort)
    .option('--metrics-host <address>', 'where these listen', CLI_DEFAULTS.host)
    .action(async (options: WorkerCommandOptions) => {
      const { nats } = options;
      // Not required of the command itself: commander would require it of `worker list` too.
      if (nats === undefined) worker.error("error: required option '--nats <url>' not specified");
      const { startWorker } = await import('@lockstep/worker');
      const { runService } = await import('../service-process.js');
      context.exitCode = await runService({ service: 'worker', format: options.log }, async (log) =>
        startWorker(await workerOptions({ ...options, nats, log })),
      );
    });
  addExamples(worker, 'worker --nats nats://127.0.0.1:4222 --threads 4', 'worker list', 'worker drain w2');
  addWorkerCommands(worker, context);
}

async function workerOptions(options: WorkerCommandOptions & { readonly nats: string }): Promise<WorkerOptions> {
  const { nats: natsUrl, memory, cacheMemory, cacheDisk, natsCa, joinCredentials, ...written } = options;
  return {
    ...{ natsUrl, ...written },
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(cacheMemory !== undefined && { cacheMemoryBytes: cacheMemory }),
    ...(cacheDisk !== undefined && { cacheDiskBytes: cacheDisk }),
    ...(await readOption('natsCa', { natsCa })),
    ...(await readOption('joinCredentials', { joinCredentials })),
  };
}

/** @param command one that takes its options from the environment too */
function addCommonOptions(command: Command): Command {
  const log = 'how the log is written (default: pretty on a terminal, else json)';
  return command
    .option('--data-dir <folder>', 'where it keeps its files')
    .option('--nats-ca <file>', 'the certificate of the authority that vouches for NATS, where it speaks TLS')
    .addOption(command.createOption('--log <format>', log).choices(LOG_FORMATS))
    .addOption(
      command.createOption('--log-level <level>', 'the least that is logged').choices(LOG_LEVELS).default('info'),
    );
}
