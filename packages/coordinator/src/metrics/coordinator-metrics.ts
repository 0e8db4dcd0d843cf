/** The coordinator's metrics for Prometheus, described in docs/metrics.md. */
import { MEMBERSHIP_DEFAULTS, VERSION, type JobStatus, type Member, type WorkerStatus } from '@lockstep/core';
import { TransportMetrics } from '@lockstep/transport';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Departure } from '../workers/worker-registry.js';
import { addJobGauges } from './job-gauges.js';
import { addStorageGauges, type StorageSources } from './storage-gauges.js';
import { TrainingCounters } from './training-counters.js';

/** Looked at with each scrape. */
export interface MetricSources {
  /** In the order of their submission. */
  readonly jobs: () => readonly JobStatus[];
  /** Below so many workers the job waits. */
  readonly minWorkers: (jobId: string) => number;
  readonly workers: () => readonly WorkerStatus[];
  /** Milliseconds since each worker was heard. */
  readonly silences: () => ReadonlyMap<string, number>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly disk: StorageSources['disk'];
  readonly jetstream: StorageSources['jetstream'];
}

/** All of them, so that each starts at zero. */
const DEPARTURES = { heartbeat: true, left: true, drained: true } satisfies Record<Departure | 'drained', true>;
const WORKER_STATES = ['IDLE', 'WORKING', 'DRAINING'] as const;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export class CoordinatorMetrics {
  readonly registry = new Registry();
  readonly training = new TrainingCounters(this.registry);
  readonly transport = new TransportMetrics(this.registry);
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #losses: Counter<'reason'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const name = 'lockstep_build_info';
    const build = new Gauge({ registers, name, help: 'Always 1', labelNames: ['version', 'node'] });
    build.set({ version: VERSION, node: process.version }, 1);
    this.#requests = new Histogram({
      ...{ registers, name: 'lockstep_http_request_duration_seconds', help: 'Answers to HTTP requests' },
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    });
    this.#losses = new Counter({
      ...{ registers, name: 'lockstep_worker_losses_total', help: 'Workers that went, by how' },
      labelNames: ['reason'],
    });
    for (const reason of Object.keys(DEPARTURES)) this.#losses.inc({ reason }, 0);
  }

  /** Adds what is read with each scrape. */
  watch(sources: MetricSources): void {
    addJobGauges(this.registry, sources);
    addWorkerGauges(this.registry, sources);
    addStorageGauges(this.registry, sources);
    this.training.watch({ workers: () => [...sources.silences().keys()], now: sources.now });
  }

  /** @param route as it was declared; `none` for an address where nothing is: addresses themselves are without number */
  requestDone(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method: METHODS.has(method) ? method : 'other', route, status: String(status) }, seconds);
  }

  /** One that drained has gone in good order, however its end looked. */
  workerLost({ draining }: Pick<Member, 'draining'>, reason: Departure): void {
    this.#losses.inc({ reason: draining ? 'drained' : reason });
  }
}

function addWorkerGauges(registry: Registry, { workers, silences, now }: MetricSources): void {
  const registers = [registry];
  new Gauge({
    ...{ registers, name: 'lockstep_workers', help: 'Workers of the cluster by state', labelNames: ['state'] },
    collect() {
      for (const wanted of WORKER_STATES) {
        this.set({ state: wanted }, workers().filter(({ state }) => state === wanted).length);
      }
    },
  });
  new Gauge({
    ...{ registers, name: 'lockstep_worker_heartbeat_timestamp_seconds', labelNames: ['worker'] },
    help: `When the worker was heard; it is lost after ${String(MEMBERSHIP_DEFAULTS.lostAfterMilliseconds / 1000)} s`,
    collect() {
      this.reset();
      for (const [worker, silence] of silences()) this.set({ worker }, (now() - silence) / 1000);
    },
  });
}
