/** `lockstep up`: a cluster on this machine that stays until Ctrl-C, and finds its jobs and datasets again. */
import { resolve } from 'node:path';
import { createClient } from '@lockstep/client';
import { isLockstepError } from '@lockstep/core';
import type { Context } from '../commands/context.js';
import { provideMnist } from '../demo/import-dataset.js';
import { openMnist } from '../demo/mnist.js';
import { asksForTokens } from '../embedded/cluster-tokens.js';
import type { Cluster } from '../embedded/cluster.js';
import { withCluster } from '../embedded/with-cluster.js';
import { CLI_DEFAULTS } from '../options.js';
import { EXIT, exitCodeOf } from '../output/failure.js';
import { counted } from '../output/numbers.js';

export interface UpOptions {
  readonly workers: number;
  readonly threads: number;
  readonly port: number;
  readonly maxRunning: number;
  readonly dataDir: string;
  /** Bytes of shards. */
  readonly cacheMemory?: number;
  readonly cacheDisk?: number;
  /** Of the first worker; free ones when absent. */
  readonly metricsPort?: number;
  readonly json?: true;
}

/** Of the workers' addresses, what a person wants to read. */
const SHOWN_WORKERS = 4;

/** @returns the exit code once everything has ended. Throws LockstepError after everything that was started has ended. */
export async function runUp(options: UpOptions, context: Context): Promise<number> {
  const { output, environment } = context;
  const dataDir = resolve(options.dataDir);
  const say = (line: string): void => {
    output.say(line);
  };
  try {
    return await withCluster({ ...options, dataDir, environment, temporary: false, say }, async (started, ending) => {
      await importDigits(started, ending, context);
      announce(options, dataDir, started, context, await asksForTokens(dataDir));
      await aborted(ending);
      throw ending.reason;
    });
  } catch (error) {
    // Ctrl-C is how a cluster that stays is meant to end.
    if (exitCodeOf(error) === EXIT.interrupted) return EXIT.done;
    throw error;
  }
}

/** The digits of the example jobs. A dataset of that name which somebody made is left alone. */
async function importDigits(cluster: Cluster, signal: AbortSignal, { environment, output }: Context): Promise<void> {
  const { token } = environment;
  const client = createClient({ url: cluster.url, signal, ...(token !== undefined && { token }) });
  try {
    await provideMnist(client, openMnist);
  } catch (error) {
    if (!isLockstepError(error, 'UNAUTHENTICATED') && !isLockstepError(error, 'FORBIDDEN')) throw error;
    output.say(`the dataset mnist is not looked after: LOCKSTEP_TOKEN is no token of this cluster that may import it`);
  }
}

function announce(
  { workers, threads, json }: UpOptions,
  dataDir: string,
  cluster: Cluster,
  { output }: Context,
  tokens: boolean,
): void {
  const { style } = output;
  const address = cluster.url === CLI_DEFAULTS.url ? '' : ` --url ${cluster.url}`;
  output.say(
    [
      `${style.good('✔')} nats-server · coordinator · ${counted(workers, 'worker')} of ${counted(threads, 'thread')}`,
      `  service   ${style.strong(cluster.url)}`,
      `  API       ${cluster.url}/api/v1`,
      `  metrics   ${cluster.url}/metrics`,
      ...metricsLines(cluster.metricsUrls()),
      `  data      ${dataDir} (kept: jobs and datasets are there again the next time)`,
      `  logs      ${dataDir}/logs`,
      '',
      `  next, in another terminal:`,
      `    ./lockstep train examples/mnist-mlp.yaml${address}`,
      `    ./lockstep job list${address}`,
      '',
      style.faint(
        tokens
          ? 'For this machine alone, not for production. It asks for tokens: `./lockstep token list` shows whose.'
          : 'For this machine alone, not for production: open to everyone on it, since there are no tokens.',
      ),
      'Ctrl-C ends everything.',
    ].join('\n'),
  );
  if (!json) return;
  const metrics = Object.fromEntries([['coordinator', cluster.url], ...cluster.metricsUrls()]);
  output.result(JSON.stringify({ url: cluster.url, nats: cluster.natsUrl, dataDir, workers, threads, metrics }));
}

function metricsLines(urls: ReadonlyMap<string, string>): string[] {
  const lines = [...urls].map(([id, url]) => `            ${url}/metrics (${id})`);
  const rest = lines.length - SHOWN_WORKERS;
  return rest <= 0 ? lines : [...lines.slice(0, SHOWN_WORKERS), `            … and ${rest} more: --json lists them`];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => {
      done();
    });
  });
}
