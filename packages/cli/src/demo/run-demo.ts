/** `lockstep demo`: a cluster on this machine, one job, a report, and nothing left behind. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient, type LockstepClient } from '@lockstep/client';
import { LockstepError, type JobStatus } from '@lockstep/core';
import type { Source } from '@lockstep/datasets';
import type { Context } from '../commands/context.js';
import { asksForTokens } from '../embedded/cluster-tokens.js';
import { startCluster, type Cluster } from '../embedded/cluster.js';
import { interruptedError, listenForInterrupts } from '../interrupts.js';
import { readJobFile } from '../job-file.js';
import { withModelFile } from '../models/model-file.js';
import { CLI_DEFAULTS } from '../options.js';
import { EXIT, exitCodeOf } from '../output/failure.js';
import { createJobDisplay, type JobDisplay } from '../output/job-display.js';
import { buildReport, renderReport, type Report } from '../output/report.js';
import { checkWorkers } from './check-workers.js';
import { renderClosing } from './closing-lines.js';
import { followJob } from '../jobs/follow-job.js';
import { createCurveWriter } from '../tensorboard/curve-writer.js';
import { provideMnist } from './import-dataset.js';
import { openMnist } from './mnist.js';
import { saveModel } from './save-model.js';

export interface DemoOptions {
  readonly workers: number;
  readonly threads: number;
  readonly jobFile: string;
  readonly json: boolean;
  readonly kill: boolean;
  readonly port: number;
  /** Kept when given; else a temporary one that is removed. */
  readonly dataDir: string | undefined;
  /** Where the model goes; by default a folder of the job's name. */
  readonly outDir: string | undefined;
  /** Where the job's curves go; nowhere by default. */
  readonly tensorboard: string | undefined;
}

/** What the parts of one run share. */
interface Run {
  readonly options: DemoOptions;
  readonly output: Context['output'];
  readonly environment: Context['environment'];
  readonly display: JobDisplay;
  readonly dataDir: string;
  /** Aborted by the first signal and by a cluster that cannot be kept alive, with the error to end with. */
  readonly ending: AbortController;
}

/** @returns the exit code. Throws LockstepError after everything that was started has ended. */
export async function runDemo(options: DemoOptions, { output, environment }: Context): Promise<number> {
  const job = await readJobFile(options.jobFile);
  checkWorkers(job, options.workers);
  const dataDir = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'lockstep-')) : resolve(options.dataDir);
  if (environment.token === undefined && (await asksForTokens(dataDir))) throw tokenNeeded(dataDir);
  const display = createJobDisplay(output);
  const run: Run = { options, output, environment, display, dataDir, ending: new AbortController() };
  let cluster: Cluster | undefined;
  const stopListening = listenForInterrupts({
    first: (signal) => {
      run.ending.abort(interruptedError(signal));
      output.say(`\n${signal}: ending the cluster (once more to end it at once)`);
    },
    // What is killed here is gone before the guard could even notice; the guard removes the temporary folder.
    second: () => {
      void cluster?.stop('now');
      process.exit(EXIT.interrupted);
    },
  });
  try {
    await mkdir(dataDir, { recursive: true });
    // Read while the services load their libraries; whoever awaits it later gets its failure.
    const digits = openMnist();
    digits.catch(() => undefined);
    cluster = await prepare(run);
    return await trainOn(run, cluster, job, digits);
  } finally {
    await cluster?.stop();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    stopListening();
  }
}

async function prepare({ options, output, environment, display, dataDir, ending }: Run): Promise<Cluster> {
  const cluster = await startCluster(
    {
      ...{ workers: options.workers, threads: options.threads, port: options.port, dataDir, environment },
      temporary: options.dataDir === undefined,
      say: (line) => {
        display.say(line);
      },
      onFailure: (error) => {
        ending.abort(error);
      },
    },
    ending.signal,
  );
  const workers = options.workers === 1 ? '1 worker' : `${options.workers} workers`;
  output.say(`${output.style.good('✔')} nats-server · coordinator · ${workers}      ${cluster.url}`);
  return cluster;
}

async function trainOn(
  run: Run,
  cluster: Cluster,
  job: Record<string, unknown>,
  digits: Promise<Source>,
): Promise<number> {
  const { options, output, ending } = run;
  const client = createClient({ ...address(run, cluster), signal: ending.signal });
  if (!(await provideMnist(client, () => digits))) throw otherDigits(run.dataDir);
  const submitted = await client.jobs.submit(await withModelFile(job, options.jobFile, client, output));
  const killed: string[] = [];
  try {
    const status = await followJob(client.jobs.events(submitted.id), {
      display: run.display,
      ...(options.tensorboard === undefined ? {} : { curves: createCurveWriter(options.tensorboard, submitted) }),
      ...(options.kill ? { atHalf: (at: JobStatus) => killLastWorker(run, cluster, at, killed) } : {}),
    });
    if (options.kill && killed.length === 0) output.say('the job was over before a worker could be killed');
    return await conclude(run, client, status, killed);
  } catch (error) {
    if (exitCodeOf(error) === EXIT.interrupted) await cancelQuietly(run, cluster, submitted.id);
    throw error;
  }
}

/** Where the cluster is, with the token for a data folder that has some. */
function address({ environment: { token } }: Run, { url }: Cluster): { readonly url: string; readonly token?: string } {
  return { url, ...(token !== undefined && { token }) };
}

function tokenNeeded(dataDir: string): LockstepError {
  return new LockstepError('UNAUTHENTICATED', `the cluster of ${dataDir} asks for a token`, {
    hint: 'Set LOCKSTEP_TOKEN to one of its tokens that may submit (`lockstep token create` makes one), or choose another --data-dir.',
  });
}

function otherDigits(dataDir: string): LockstepError {
  return new LockstepError('CONFLICT', `the dataset mnist in ${dataDir} is not the demo's, which would hide it`, {
    hint: 'Choose another --data-dir, or train on your own data there with `lockstep up` and `lockstep train`.',
  });
}

function killLastWorker({ display }: Run, cluster: Cluster, { progress }: JobStatus, killed: string[]): void {
  const id = cluster.workerIds.at(-1) ?? '';
  if (!cluster.killWorker(id)) return;
  killed.push(id);
  display.say(
    `✂ killed worker ${id} with SIGKILL at step ${progress.step} of ${progress.steps}; the hash will be the same`,
  );
}

async function conclude(
  run: Run,
  client: LockstepClient,
  status: JobStatus,
  killed: readonly string[],
): Promise<number> {
  const { options, output } = run;
  const succeeded = status.state === 'SUCCEEDED';
  const folder = options.outDir ?? join(CLI_DEFAULTS.outDir, status.name);
  const modelPath = succeeded ? await saveModel(client, status, folder) : null;
  const report = buildReport(status, { workers: options.workers, threads: options.threads, killed, modelPath });
  output.result(options.json ? JSON.stringify(report, undefined, 2) : renderReport(report));
  sayClosing(report, output);
  return succeeded ? EXIT.done : EXIT.failed;
}

function sayClosing(report: Report, output: Context['output']): void {
  for (const line of renderClosing(report, output.style)) output.say(line);
}

/** A data folder that is kept would otherwise go on with the job the next time. */
async function cancelQuietly(run: Run, cluster: Cluster, jobId: string): Promise<void> {
  if (run.options.dataDir === undefined) return;
  await createClient({ ...address(run, cluster), timeoutMilliseconds: 2000 })
    .jobs.cancel(jobId)
    .catch(() => undefined);
}
