/**
 * How long the service takes to answer while many jobs wait: submitting and listing, over HTTP, on a cluster that trains
 * two jobs meanwhile. Every job has a model of its own, so that no recorded graph serves two of them.
 */
import { cpus } from 'node:os';
import { startBenchCluster } from './cluster-run.js';
import { jobOf, type BenchData } from './workload.js';

export interface QueueSummary {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  /** Jobs that waited when the measurement began. */
  readonly queued: number;
  /** Milliseconds of each request, from its sending to the whole answer. */
  readonly milliseconds: {
    readonly submit: Latency;
    /** The first page, of 50 jobs. */
    readonly list: Latency;
    /** A page of 200. */
    readonly listAll: Latency;
  };
}

export interface Latency {
  readonly requests: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

const RUNNING = 2;
/** So many that no job ends while the others wait. */
const EPOCHS = 100_000;
const REQUESTS = 100;

export async function measureQueue(data: BenchData, queued: number): Promise<QueueSummary> {
  const cluster = await startBenchCluster(2, 1, data);
  try {
    let submitted = 0;
    const submit = async (): Promise<void> => {
      submitted += 1;
      await answer(`${cluster.url}/api/v1/jobs`, jobWith(submitted));
    };
    for (let job = 0; job < RUNNING + queued; job++) await submit();
    const list = (limit: number) => answer(`${cluster.url}/api/v1/jobs?limit=${String(limit)}`);
    const milliseconds = {
      submit: await timed(submit),
      list: await timed(() => list(50)),
      listAll: await timed(() => list(200)),
    };
    return { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, queued, milliseconds };
  } finally {
    await cluster.stop();
  }
}

export function renderQueue({ queued, cpu, cores, milliseconds }: QueueSummary): string {
  const line = (name: string, { median, p95, max }: Latency): string =>
    `${name.padEnd(20)}${[median, p95, max].map((value) => value.toFixed(1).padStart(10)).join('')}`;
  return [
    `${String(queued)} jobs wait, ${String(RUNNING)} run · ${String(cores)} × ${cpu}`,
    `${'milliseconds'.padEnd(20)}${['median', 'p95', 'max'].map((name) => name.padStart(10)).join('')}`,
    line('submit a job', milliseconds.submit),
    line('list 50 jobs', milliseconds.list),
    line('list 200 jobs', milliseconds.listAll),
    '',
  ].join('\n');
}

/** The small model, with a layer of a size that no other job has. */
function jobWith(number: number): Record<string, unknown> {
  const layers = [
    { type: 'flatten' },
    { type: 'dense', units: 16 + number, activation: 'relu' },
    { type: 'dense', units: 10 },
  ];
  return { ...jobOf({ model: 'mlp', batchSize: 128 }, EPOCHS), name: `queued-${String(number)}`, model: { layers } };
}

async function answer(url: string, body?: unknown): Promise<void> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, body === undefined ? {} : post);
  const text = await response.text();
  if (!response.ok) throw new RangeError(`${url} answered ${String(response.status)}: ${text}`);
}

async function timed(request: () => Promise<void>): Promise<Latency> {
  const times: number[] = [];
  for (let count = 0; count < REQUESTS; count++) {
    const started = performance.now();
    await request();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(REQUESTS - 1, Math.ceil(REQUESTS * share) - 1)] ?? 0;
  return { requests: REQUESTS, median: at(0.5), p95: at(0.95), max: at(1) };
}
