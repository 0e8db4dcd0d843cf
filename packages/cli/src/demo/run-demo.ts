/** `lockstep demo`: a cluster on this machine, one job, a report, and nothing left behind. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient, type LockstepClient } from '@lockstep/client';
import { LockstepError, type JobStatus } from '@lockstep/core';
import type { Source } from '@lockstep/datasets';
import type { Context } from '../commands/context.js';
import { asksForTokens } from '../embedded/cluster-tokens.js';
import type { Cluster } from '../embedded/cluster.js';
import { withCluster } from '../embedded/with-cluster.js';
import { readJobFile } from '../job-file.js';
import { withModelFile } from '../models/model-file.js';
import { counted } from '../output/numbers.js';
import { createJobDisplay, type JobDisplay } from '../output/job-display.js';
import { checkWorkers } from './check-workers.js';
import { followJob } from '../jobs/follow-job.js';
import { curvesFor } from '../jobs/watch-job.js';
import { concludeDemo } from './conclude-demo.js';
import { provideMnist } from './import-dataset.js';
import { openMnist } from './mnist.js';

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
  readonly cluster: Cluster;
  readonly client: LockstepClient;
}

/** @returns the exit code. Throws LockstepError after everything that was started has ended. */
export async function runDemo(options: DemoOptions, { output, environment }: Context): Promise<number> {
  const job = await readJobFile(options.jobFile);
  checkWorkers(job, options.workers);
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'lockstep-')) : resolve(options.dataDir);
  if (environment.token === undefined && (await asksForTokens(dataDir))) throw tokenNeeded(dataDir);
  const display = createJobDisplay(output);
  // Read while the services load their libraries; whoever awaits it later gets its failure.
  const digits = openMnist();
  digits.catch(() => undefined);
  const { workers, threads, port } = options;
  const say = (line: string): void => {
    display.say(line);
  };
  return withCluster(
    { ...{ workers, threads, port, dataDir, environment, temporary, say } },
    async (cluster, signal) => {
      output.say(
        `${output.style.good('✔')} nats-server · coordinator · ${counted(workers, 'worker')}      ${cluster.url}`,
      );
      const client = createClient({ ...address(environment, cluster), signal });
      return trainOn({ options, output, environment, display, dataDir, cluster, client }, job, digits);
    },
  );
}

async function trainOn(run: Run, job: Record<string, unknown>, digits: Promise<Source>): Promise<number> {
  const { options, output, client } = run;
  if (!(await provideMnist(client, () => digits))) throw otherDigits(run.dataDir);
  const submitted = await client.jobs.submit(await withModelFile(job, options.jobFile, client, output));
  const curves = curvesFor(submitted, options);
  const killed: string[] = [];
  try {
    const status = await followJob(client.jobs.events(submitted.id), {
      display: run.display,
      ...(curves === undefined ? {} : { curves }),
      ...(options.kill ? { atHalf: (at: JobStatus) => killLastWorker(run, at, killed) } : {}),
    });
    if (options.kill && killed.length === 0) output.say('the job was over before a worker could be killed');
    return await concludeDemo(run, status, killed);
  } catch (error) {
    await cancelQuietly(run, submitted.id);
    throw error;
  }
}

/** Where the cluster is, with the token for a data folder that has some. */
function address(
  { token }: Context['environment'],
  { url }: Cluster,
): { readonly url: string; readonly token?: string } {
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

function killLastWorker({ display, cluster }: Run, { progress }: JobStatus, killed: string[]): void {
  const id = cluster.workerIds.at(-1) ?? '';
  if (!cluster.killWorker(id)) return;
  killed.push(id);
  display.say(
    `✂ killed worker ${id} with SIGKILL at step ${progress.step} of ${progress.steps}; the hash will be the same`,
  );
}

/**
 * A data folder that is kept would otherwise go on with the job the next time, whatever ended this one: Ctrl-C, or a folder of
 * curves that cannot be written to. Of a job that is over, nothing is cancelled.
 */
async function cancelQuietly({ options, environment, cluster }: Run, jobId: string): Promise<void> {
  if (options.dataDir === undefined) return;
  await createClient({ ...address(environment, cluster), timeoutMilliseconds: 2000 })
    .jobs.cancel(jobId)
    .catch(() => undefined);
}
