/** A worker's metrics for Prometheus, described in docs/metrics.md. */
import { VERSION } from '@lockstep/core';
import { TransportMetrics, withDeadline } from '@lockstep/transport';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { ROW_SOURCES, type ShardCache } from '../shard-cache.js';
import { ThreadMetrics } from './thread-metrics.js';

/** A disk that does not answer must not take the other metrics with it. */
const DISK_MILLISECONDS = 2000;

export class WorkerMetrics {
  readonly registry = new Registry();
  readonly threads: ThreadMetrics;
  readonly transport = new TransportMetrics(this.registry);
  readonly #worker: string;

  constructor(worker: string) {
    this.#worker = worker;
    this.threads = new ThreadMetrics(this.registry, worker);
    const registers = [this.registry];
    const name = 'lockstep_build_info';
    const build = new Gauge({ registers, name, help: 'Always 1', labelNames: ['version', 'node'] });
    build.set({ version: VERSION, node: process.version }, 1);
  }

  /** Adds those of the process: they cost a little all the time, scraped or not. */
  addProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Adds what is read of the cache with each scrape. */
  watchCache(cache: Pick<ShardCache, 'bytes' | 'diskBytes' | 'served'>): void {
    const registers = [this.registry];
    const worker = this.#worker;
    new Gauge({
      ...{ registers, name: 'lockstep_shard_cache_bytes', help: 'Shards kept near', labelNames: ['worker', 'tier'] },
      async collect() {
        this.set({ worker, tier: 'memory' }, cache.bytes);
        const counted = withDeadline(cache.diskBytes, DISK_MILLISECONDS, 'the files of shards to be counted');
        const onDisk = await counted.catch(() => undefined);
        if (onDisk === undefined) this.remove({ worker, tier: 'disk' });
        else this.set({ worker, tier: 'disk' }, onDisk);
      },
    });
    new Counter({
      ...{ registers, name: 'lockstep_shard_cache_requests_total', labelNames: ['result'] },
      help: 'Requests for rows of a shard, by where they were found',
      collect() {
        this.reset();
        for (const result of ROW_SOURCES) this.inc({ result }, cache.served[result]);
      },
    });
  }
}
