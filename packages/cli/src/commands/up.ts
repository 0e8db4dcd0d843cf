/** `lockstep up`: its options. What it does is in `up/`. */
import type { Command } from 'commander';
import { CLI_DEFAULTS, parseBytes, parseMaxRunning, parsePort, parseThreads, parseWorkers } from '../options.js';
import type { UpOptions } from '../up/run-up.js';
import type { Context } from './context.js';
import { CACHE } from './services.js';

const EXAMPLES = `
Examples:
  $ lockstep up                          a cluster on this machine, until Ctrl-C
  $ lockstep up --workers 1 --threads 4
  $ lockstep train examples/mnist-mlp.yaml      in another terminal

What it keeps is in the data folder: jobs, datasets and models are there again the next time.`;

export function addUpCommand(program: Command, context: Context): void {
  program
    .command('up')
    .summary('start a cluster on this machine that stays')
    .description('Start a whole cluster on this machine and keep it until Ctrl-C. Not for production.')
    .option('--workers <n>', 'worker processes, 1 to 64', parseWorkers, CLI_DEFAULTS.workers)
    .option('--threads <n>', 'threads of each worker, 1 to 64', parseThreads, CLI_DEFAULTS.threads)
    .option('--port <n>', 'port of the HTTP API; 0 takes a free one', parsePort, CLI_DEFAULTS.port)
    .option('--max-running <n>', 'jobs that run side by side, 1 to 4', parseMaxRunning, CLI_DEFAULTS.maxRunning)
    .option('--data-dir <folder>', 'where jobs, datasets, models and logs are kept', CLI_DEFAULTS.dataDir)
    .option('--cache-memory <size>', `of each worker: ${CACHE.memory}`, parseBytes)
    .option('--cache-disk <size>', `of all workers: ${CACHE.disk}`, parseBytes)
    .option('--metrics-port <n>', 'of the first worker’s metrics, the next follow (default: free ones)', parsePort)
    .option('--json', 'print the addresses on stdout, as JSON, once it is ready')
    .addHelpText('after', EXAMPLES)
    .action(async (options: UpOptions) => {
      const { runUp } = await import('../up/run-up.js');
      context.exitCode = await runUp(options, context);
    });
}
