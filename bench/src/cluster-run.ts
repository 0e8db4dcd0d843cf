/** The product itself: a whole cluster on this machine, trained through its HTTP API like any other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type Cluster } from '@lockstep/cli';
import { createClient, type LockstepClient } from '@lockstep/client';
import { SAMPLES, jobOf, type BenchData, type Workload } from './workload.js';

export interface BenchCluster {
  /** Of the HTTP API. */
  readonly url: string;
  readonly natsUrl: string;
  /** Samples a second of training that many epochs; the first is left out, since graphs are optimised in it. */
  measure(workload: Workload, epochs: number): Promise<number>;
  stop(): Promise<void>;
}

export async function startBenchCluster(workers: number, threads: number, data: BenchData): Promise<BenchCluster> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'lockstep-bench-'));
  let failure: Error | undefined;
  const cluster: Cluster = await startCluster({
    workers,
    threads,
    port: 0,
    dataDir,
    temporary: true,
    say: () => undefined,
    onFailure: (error) => {
      failure = error;
    },
  });
  const client = createClient({ url: cluster.url });
  await client.datasets.uploadShard(data.manifest.name, data.sha256, data.shard);
  await client.datasets.put(data.manifest);
  await workersJoined(client, workers);
  return {
    url: cluster.url,
    natsUrl: cluster.natsUrl,
    measure: (workload, epochs) => measure(client, workload, epochs),
    stop: async () => {
      await cluster.stop();
      await rm(dataDir, { recursive: true, force: true });
      if (failure !== undefined) throw failure;
    },
  };
}

async function workersJoined(client: LockstepClient, count: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while ((await client.workers.list()).length < count) {
    if (performance.now() > deadline) throw new RangeError(`${String(count)} workers did not join within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function measure(client: LockstepClient, workload: Workload, epochs: number): Promise<number> {
  const job = await client.jobs.submit({ ...jobOf(workload, epochs + 1) });
  for await (const event of client.jobs.events(job.id)) {
    if (event.type === 'state' && event.status.state === 'FAILED') throw new RangeError(event.status.reason);
  }
  const { history } = await client.jobs.get(job.id);
  const seconds = history.slice(1).reduce((sum, epoch) => sum + epoch.seconds, 0);
  return ((history.length - 1) * SAMPLES) / seconds;
}
