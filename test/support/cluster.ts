/**
 * A real cluster for one test file: the embedded one of the command, with nats-server, coordinator and workers as
 * processes of their own, and more workers beside it that come and go as a test wants.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importMnist, openMnist, startCluster, type Cluster } from '@lockstep/cli';
import { createClient, type LockstepClient } from '@lockstep/client';
import { isFinal, type JobStatus } from '@lockstep/core';
import { lockstepScript } from './command.js';
import { waitFor } from './wait-for.js';

const START_MILLISECONDS = 120_000;
const JOB_MILLISECONDS = 300_000;

export interface TestClusterOptions {
  readonly workers?: number;
  readonly threads?: number;
}

export class TestCluster {
  readonly folder: string;
  readonly client: LockstepClient;
  /** What the cluster said of its processes. */
  readonly said: string[];
  readonly #cluster: Cluster;
  readonly #extra = new Map<string, ChildProcess>();

  private constructor(folder: string, cluster: Cluster, said: string[]) {
    this.folder = folder;
    this.said = said;
    this.#cluster = cluster;
    this.client = createClient({ url: cluster.url });
  }

  /** With the demo's digits imported. */
  static async start({ workers = 1, threads = 1 }: TestClusterOptions = {}): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
    const said: string[] = [];
    const cluster = await startCluster({
      ...{ workers, threads, port: 0, dataDir: folder, temporary: true },
      say: (line) => void said.push(line),
      onFailure: (error) => void said.push(error.message),
    });
    const test = new TestCluster(folder, cluster, said);
    await importMnist(test.client, await openMnist());
    return test;
  }

  get natsUrl(): string {
    return this.#cluster.natsUrl;
  }

  /** Of the coordinator. */
  get url(): string {
    return this.#cluster.url;
  }

  /** Where a worker that the cluster was started with serves its metrics. */
  metricsUrl(worker: string): string {
    const url = this.#cluster.metricsUrls().get(worker);
    if (url === undefined) throw new Error(`${worker} serves no metrics.`);
    return url;
  }

  /** Of `nats-server`, `coordinator`, `worker w1` … and of the workers that were added. */
  pid(name: string): number | undefined {
    return this.#cluster.pids().get(name) ?? this.#extra.get(name)?.pid;
  }

  kill(name: string, signal: NodeJS.Signals): void {
    const pid = this.pid(name);
    if (pid === undefined) throw new Error(`${name} does not run.`);
    process.kill(pid, signal);
  }

  /** Starts one more worker, which nobody starts again, and waits until the coordinator knows it. */
  async addWorker(id: string, threads = 1, options: readonly string[] = []): Promise<void> {
    const log = openSync(join(this.folder, 'logs', `worker-${id}.log`), 'a');
    const dataDir = join(this.folder, `worker-${id}`);
    await mkdir(dataDir, { recursive: true });
    const args = ['worker', '--nats', this.#cluster.natsUrl, '--id', id, '--threads', String(threads), ...options];
    const child = spawn(process.execPath, [lockstepScript, ...args, '--data-dir', dataDir, '--log', 'json'], {
      stdio: ['ignore', log, log],
    });
    child.once('exit', () => this.#extra.delete(`worker ${id}`));
    this.#extra.set(`worker ${id}`, child);
    await this.untilWorkers((ids) => ids.includes(id), `worker ${id} to join`);
  }

  /** Ends an added worker in good order. */
  async endWorker(id: string): Promise<void> {
    this.kill(`worker ${id}`, 'SIGTERM');
    await this.untilWorkers((ids) => !ids.includes(id), `worker ${id} to leave`);
    await waitFor(() => this.pid(`worker ${id}`) === undefined, `worker ${id} to end`, START_MILLISECONDS);
  }

  async untilWorkers(condition: (ids: readonly string[]) => boolean, what: string): Promise<void> {
    const known = async (): Promise<string[]> => {
      const workers = await this.client.workers.list().catch(() => []);
      return workers.map(({ id }) => id);
    };
    await waitFor(async () => condition(await known()), what, START_MILLISECONDS);
  }

  /** Submits a job and waits for its end. */
  async train(spec: unknown, milliseconds?: number): Promise<JobStatus> {
    const { id } = await this.client.jobs.submit(spec);
    return this.ended(id, milliseconds);
  }

  async ended(id: string, milliseconds?: number): Promise<JobStatus> {
    return this.untilJob(id, ({ state }) => isFinal(state), 'to end', milliseconds);
  }

  /** Waits until so many steps of the job are done. */
  async atStep(id: string, step: number): Promise<JobStatus> {
    const past = (status: JobStatus): boolean => status.progress.step >= step || isFinal(status.state);
    const status = await this.untilJob(id, past, `to reach step ${step}`);
    if (isFinal(status.state)) throw new Error(`The job was over before the test could do anything: ${status.state}.`);
    return status;
  }

  async untilJob(
    id: string,
    condition: (status: JobStatus) => boolean,
    what: string,
    milliseconds = JOB_MILLISECONDS,
  ): Promise<JobStatus> {
    let status: JobStatus | undefined;
    const holds = async (): Promise<boolean> => {
      status = await this.client.jobs.get(id).catch(() => undefined);
      return status !== undefined && condition(status);
    };
    try {
      await waitFor(holds, `job ${id} ${what}`, milliseconds);
    } catch (error) {
      throw new Error(`${String(error)} ${JSON.stringify(status)}\n${this.logs()}`, { cause: error });
    }
    return status as JobStatus;
  }

  /** The last lines of every process, for a test that fails. */
  logs(): string {
    const names = ['coordinator', ...this.#cluster.workerIds.map((id) => `worker-${id}`)];
    const tail = (name: string): string => readFileSync(join(this.folder, 'logs', `${name}.log`), 'utf8').slice(-3000);
    return [...this.said, ...names.map((name) => `--- ${name}\n${tail(name)}`)].join('\n');
  }

  async close(): Promise<void> {
    for (const child of this.#extra.values()) child.kill('SIGKILL');
    await this.#cluster.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** How the job ends on a plain cluster of one worker, undisturbed: what all others are compared with. */
export async function trainedAlone(spec: unknown, milliseconds?: number): Promise<JobStatus> {
  const cluster = await TestCluster.start({ workers: 1 });
  try {
    const status = await cluster.train(spec, milliseconds);
    if (status.state !== 'SUCCEEDED') throw new Error(`Undisturbed, the job is ${status.state}.\n${cluster.logs()}`);
    return status;
  } finally {
    await cluster.close();
  }
}
