/** `lockstep demo`: its options. What it does is in `demo/`. */
import type { Command } from 'commander';
import { CLI_DEFAULTS, parsePort, parseThreads, parseWorkers } from '../options.js';
import { defaultJobFile } from '../paths.js';
import type { Context } from './context.js';

interface DemoCommandOptions {
  readonly workers: number;
  readonly threads: number;
  readonly job?: string;
  readonly json?: true;
  readonly kill?: true;
  readonly port: number;
  readonly dataDir?: string;
  readonly out?: string;
  readonly tensorboard?: string;
}

const EXAMPLES = `
Examples:
  $ lockstep demo                      train handwritten digits on 2 workers
  $ lockstep demo --workers 3 --kill   lose a worker half-way: the same weights, bit by bit
  $ lockstep demo --json | jq -r .weightsSha256`;

export function addDemoCommand(program: Command, context: Context): void {
  program
    .command('demo')
    .summary('train on a cluster on this machine, and report')
    .description('Start a whole cluster on this machine, train one job on it, report and clean up.')
    .option('--workers <n>', 'worker processes, 1 to 64', parseWorkers, CLI_DEFAULTS.workers)
    .option('--threads <n>', 'threads of each worker, 1 to 64', parseThreads, CLI_DEFAULTS.threads)
    .option('--job <file>', 'the job to train, YAML or JSON (default: examples/mnist-cnn.yaml)')
    .option('--json', 'print nothing but the report on stdout, as JSON')
    .option('--kill', 'kill the last worker half-way through, to see that nothing changes')
    .option('--port <n>', 'port of the HTTP API; 0 takes a free one', parsePort, 0)
    .option('--data-dir <folder>', 'keep the cluster’s files in this folder (default: a temporary one)')
    .option('--tensorboard <folder>', 'write the curves there, as TensorBoard reads them')
    .option('--out <folder>', `where the model is saved (default: ${CLI_DEFAULTS.outDir}/<name of the job>)`)
    .addHelpText('after', EXAMPLES)
    .action(async (options: DemoCommandOptions) => {
      const { runDemo } = await import('../demo/run-demo.js');
      context.exitCode = await runDemo(
        {
          ...{ workers: options.workers, threads: options.threads, port: options.port },
          jobFile: options.job ?? defaultJobFile,
          json: options.json === true,
          kill: options.kill === true,
          dataDir: options.dataDir,
          outDir: options.out,
          tensorboard: options.tensorboard,
        },
        context,
      );
    });
}
