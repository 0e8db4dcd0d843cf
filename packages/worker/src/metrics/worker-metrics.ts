/** A worker's metrics for Prometheus, described in docs/metrics.md. */
import { VERSION } from '@lockstep/core';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export class WorkerMetrics {
  readonly registry = new Registry();

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const name = 'lockstep_build_info';
    const build = new Gauge({ registers, name, help: 'Always 1', labelNames: ['version', 'node'] });
    build.set({ version: VERSION, node: process.version }, 1);
  }
}
