import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { WorkerMetrics } from './worker-metrics.js';

let metrics: WorkerMetrics;
beforeEach(() => {
  metrics = new WorkerMetrics();
});

describe("the worker's metrics", () => {
  it('are exactly those of docs/metrics.md, with their types and labels', async () => {
    const text = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
    const section = text.slice(text.indexOf('\n## Worker\n'));
    const rows = [...section.matchAll(/^\| `(lockstep_\w+)` +\| (\w+) +\|([^|]*)\|/gm)];
    const documented = rows.map(([, name, type, labels = '']) =>
      [name, type, ...[...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)].join(' '),
    );
    const known = await metrics.registry.getMetricsAsJSON();
    const own = known.filter(({ name }) => name.startsWith('lockstep_'));
    const labelsOf = (name: string): string[] =>
      (metrics.registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames;
    expect(own.map(({ name, type }) => [name, type, ...labelsOf(name)].join(' ')).sort()).toEqual(documented.sort());
  });
});
