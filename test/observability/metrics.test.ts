/** What a real coordinator and real workers tell of a job, and how it is written. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { JobStatus } from '@lockstep/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { runLockstep, startLockstep } from '../support/command.js';
import { readDocument, section, tableRows } from '../support/documents.js';
import { Exposition, untilScraped } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { exampleJob, type JobObject } from '../support/jobs.js';
import { waitFor } from '../support/wait-for.js';
import { prometheusPrograms } from '../support/programs.js';

const STEPS = 60;
const BATCH = 64;
/** Sigmoid units would stay finite. */
const LINEAR = [{ type: 'flatten' }, { type: 'dense', units: 10 }];
const WORKERS = ['w1', 'w2'];

let cluster: TestCluster;
let job: JobStatus;
let coordinator: Exposition;
let workers: Exposition[];

const scrapeAll = () => Promise.all(WORKERS.map((id) => Exposition.scrape(cluster.metricsUrl(id))));
const sumOf = (expositions: readonly Exposition[], name: string, ...labels: readonly string[]): number =>
  expositions.reduce((sum, exposition) => sum + exposition.sum(name, ...labels), 0);

async function train(): Promise<JobStatus> {
  const example = await exampleJob('mnist-mlp', { cluster: { minWorkers: WORKERS.length } });
  const { epochs: _, ...training } = example['training'] as JobObject;
  return cluster.train({ ...example, training: { ...training, steps: STEPS, batchSize: BATCH } });
}

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 2, threads: 1 });
  job = await train();
  expect(job.state, cluster.logs()).toBe('SUCCEEDED');
  // Heartbeats go on, but what is bulk has arrived when both sides say the same.
  const bulk = (exposition: Exposition, direction: string): number =>
    exposition.sum('lockstep_transport_bytes_total', 'kind="bulk"', `direction="${direction}"`);
  await untilScraped(
    [cluster.url, ...WORKERS.map((id) => cluster.metricsUrl(id))],
    (center, ...others) => others.reduce((sum, other) => sum + bulk(other, 'sent'), 0) === bulk(center, 'received'),
    'the coordinator to have as many bytes of parts as the workers have sent',
  );
  const ended = (center: Exposition): number => center.sum('lockstep_jobs_finished_total', 'result="succeeded"');
  await untilScraped([cluster.url], (center) => ended(center) === 1, 'the end of the job to be counted');
  coordinator = await Exposition.scrape(cluster.url);
  workers = await scrapeAll();
});

afterAll(() => cluster.close());

describe('After a job', () => {
  it('the samples that workers have processed add up to its steps.', () => {
    expect(coordinator.sum('lockstep_steps_total', 'outcome="committed"')).toBe(STEPS);
    expect(coordinator.sum('lockstep_samples_processed_total')).toBe(STEPS * BATCH);
    for (const id of WORKERS) {
      expect(coordinator.sum('lockstep_samples_processed_total', `worker="${id}"`)).toBeGreaterThan(0);
    }
    expect(coordinator.sum('lockstep_job_progress_ratio', job.id)).toBe(1);
  });

  it("every worker's threads have worked, none has died, and slices were measured.", () => {
    for (const worker of workers) {
      expect(worker.sum('lockstep_threads')).toBe(1);
      expect(worker.sum('lockstep_thread_busy_seconds_total')).toBeGreaterThan(0);
      expect(worker.sum('lockstep_thread_restarts_total')).toBe(0);
      const seconds = worker.sum('lockstep_slice_duration_seconds_sum');
      expect(seconds).toBeGreaterThan(0);
      // Evaluation and the other slices of a call come on top.
      expect(seconds).toBeLessThan(worker.sum('lockstep_thread_busy_seconds_total'));
    }
    expect(sumOf(workers, 'lockstep_slice_duration_seconds_count')).toBeGreaterThanOrEqual(STEPS);
  });

  it('messages and rows of shards were counted where they are sent, received and found.', () => {
    for (const exposition of [coordinator, ...workers]) {
      expect(exposition.sum('lockstep_message_size_bytes_count', 'kind="bulk"')).toBeGreaterThanOrEqual(STEPS / 2);
      const both = exposition.sum('lockstep_transport_bytes_total', 'kind="bulk"');
      expect(exposition.sum('lockstep_message_size_bytes_sum', 'kind="bulk"')).toBe(both);
    }
    for (const worker of workers) {
      expect(worker.sum('lockstep_shard_cache_requests_total', 'result="memory"')).toBeGreaterThan(0);
      expect(worker.sum('lockstep_shard_cache_bytes', 'tier="memory"')).toBeGreaterThan(0);
      expect(worker.sum('lockstep_shard_cache_bytes', 'tier="disk"')).toBeGreaterThan(0);
    }
  });

  it('a second one leaves no native tensor behind.', async () => {
    const before = sumOf(workers, 'lockstep_tensors');
    const bytes = sumOf(workers, 'lockstep_tensor_memory_bytes');
    expect(before).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(2 * 4 * job.parameters);
    expect((await train()).weightsSha256).toBe(job.weightsSha256);
    const after = await scrapeAll();
    // The last call of the one may have a tensor more than the last call of the other; sixty steps would leave hundreds.
    expect(sumOf(after, 'lockstep_tensors')).toBeLessThanOrEqual(before + WORKERS.length);
    expect(sumOf(after, 'lockstep_tensor_memory_bytes')).toBeLessThan(2 * bytes);
  });
});

describe('The coordinator', () => {
  it('says how much room there is for its files and in JetStream.', () => {
    const free = coordinator.sum('lockstep_disk_free_bytes', 'volume="data"');
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThan(coordinator.sum('lockstep_disk_size_bytes', 'volume="data"'));
    // The digits alone are more than that.
    expect(coordinator.sum('lockstep_jetstream_used_bytes')).toBeGreaterThan(2 ** 20);
  });

  it('counts a step whose loss is not finite, and why the job failed.', async () => {
    const tooFast = { optimizer: { type: 'sgd', learningRate: 1e6 } };
    const example = await exampleJob('mnist-perceptron-sigmoid', { model: { layers: LINEAR }, training: tooFast });
    expect((await cluster.train(example)).failure?.code).toBe('LOSS_NOT_FINITE');
    const failures = (after: Exposition) => after.sum('lockstep_job_failures_total', 'code="LOSS_NOT_FINITE"');
    // A job's end is shown a moment before what it leaves is cleared away and it is counted.
    await untilScraped([cluster.url], (after) => failures(after) === 1, 'the failure to be counted');
    const after = await Exposition.scrape(cluster.url);
    expect(after.sum('lockstep_steps_total', 'outcome="not_finite"')).toBe(1);
  });
});

describe('What is told', () => {
  const documented = (heading: string): string[] =>
    [...tableRows(section(readDocument('docs/metrics.md'), heading)).keys()].filter((key) =>
      key.startsWith('lockstep_'),
    );
  const told = ({ types }: Exposition): string[] => [...types.keys()].filter((name) => name.startsWith('lockstep_'));

  it('is what docs/metrics.md says, on the wire as well.', () => {
    expect(told(coordinator).sort()).toEqual(documented('Coordinator').sort());
    for (const worker of workers) expect(told(worker).sort()).toEqual(documented('Worker').sort());
  });

  it("follows Prometheus's conventions, as promtool sees them.", () => {
    const { promtool } = prometheusPrograms();
    for (const { own } of [coordinator, ...workers]) {
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: own, encoding: 'utf8' });
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
    }
  });

  it('has no label that Prometheus gives itself, and few labels in all.', () => {
    for (const { labels } of [coordinator, ...workers]) {
      for (const taken of ['job', 'instance']) expect(labels).not.toContain(taken);
      expect(labels.size).toBeLessThanOrEqual(20);
    }
  });

  it('is a build and a process each.', () => {
    for (const exposition of [coordinator, ...workers]) {
      expect(exposition.sum('lockstep_build_info')).toBe(1);
      expect(exposition.sum('process_resident_memory_bytes')).toBeGreaterThan(2 ** 20);
      expect(exposition.types.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
    }
  });
});

async function readyz(url: string): Promise<string> {
  return (await fetch(`${url}/readyz`)).text();
}

describe('A worker', () => {
  it('is live, and ready since a coordinator has admitted it.', async () => {
    for (const path of ['livez', 'readyz']) {
      expect((await fetch(`${cluster.metricsUrl('w1')}/${path}`)).status).toBe(200);
    }
  });

  it('says that it waits for a coordinator, and is ready once one has admitted it.', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    cluster.kill('coordinator', 'SIGSTOP');
    const worker = startLockstep([
      ...['worker', '--nats', cluster.natsUrl, '--id', 'late', '--metrics-port', String(port)],
      ...['--data-dir', join(cluster.folder, 'late')],
    ]);
    const status = (path: string): Promise<number> =>
      fetch(`${url}/${path}`).then(
        ({ status }) => status,
        () => 0,
      );
    try {
      await waitFor(async () => (await status('livez')) === 200, 'the worker to be live');
      await waitFor(async () => (await readyz(url)).includes('no coordinator'), 'it to say what it waits for');
      expect(await status('readyz')).toBe(503);
      expect((await Exposition.scrape(url)).sum('lockstep_build_info')).toBe(1);
      cluster.kill('coordinator', 'SIGCONT');
      await waitFor(async () => (await status('readyz')) === 200, 'it to be admitted');
    } finally {
      cluster.kill('coordinator', 'SIGCONT');
      worker.child.kill('SIGTERM');
    }
    expect((await worker.ended).code).toBe(0);
    expect(await status('livez')).toBe(0);
  });

  it('does not start on a port that is taken, and says what to do.', async () => {
    const { port } = new URL(cluster.metricsUrl('w1'));
    const { code, stderr } = await runLockstep(['worker', '--nats', cluster.natsUrl, '--metrics-port', port]);
    expect(code).toBe(2);
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(stderr).toContain('--metrics-port 0 takes a free one');
  });
});

describe('`lockstep up`', () => {
  it('says where the metrics of its workers are, counted from the port that is asked for.', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const dataDir = join(cluster.folder, 'up');
    const up = startLockstep([
      ...['up', '--workers', '1', '--port', '0', '--metrics-port', String(port), '--data-dir', dataDir, '--json'],
    ]);
    try {
      await waitFor(() => up.stderr().includes('Ctrl-C ends everything'), 'the cluster to be up', 120_000);
      expect(up.stderr()).toContain(`${url}/metrics (w1)`);
      expect((await Exposition.scrape(url)).sum('lockstep_threads', 'worker="w1"')).toBe(1);
    } finally {
      up.child.kill('SIGINT');
    }
    const { code, stdout } = await up.ended;
    expect(code).toBe(0);
    const { url: service, metrics } = JSON.parse(stdout) as { url: string; metrics: unknown };
    expect(metrics).toEqual({ coordinator: service, w1: url });
  });
});
