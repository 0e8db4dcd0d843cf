import { CoordinatorMetrics } from '@lockstep/coordinator';
import { WorkerMetrics } from '@lockstep/worker';
import { expect, it } from 'vitest';
import { readDocument, section } from '../support/documents.js';

type Registry = CoordinatorMetrics['registry'];

function ofCoordinator(): Registry {
  const metrics = new CoordinatorMetrics();
  const none = () => [];
  metrics.watch({
    ...{ jobs: none, workers: none, silences: () => new Map(), minWorkers: () => 0, now: () => 0 },
    disk: () => Promise.resolve({ freeBytes: 0, sizeBytes: 0 }),
    jetstream: () => Promise.resolve({ usedBytes: 0, limitBytes: undefined }),
  });
  return metrics.registry;
}

function ofWorker(): Registry {
  const metrics = new WorkerMetrics('w1');
  metrics.watchCache({ bytes: 0, diskBytes: Promise.resolve(0), served: { memory: 0, disk: 0, store: 0 } });
  return metrics.registry;
}

it.each([
  ['Coordinator', ofCoordinator],
  ['Worker', ofWorker],
] as const)('docs/metrics.md has exactly the metrics of the %s, with their types and labels', async (heading, open) => {
  const registry = open();
  const labelsOf = (name: string): string[] =>
    (registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames;
  const known = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('lockstep_'));
  const rows = section(readDocument('docs/metrics.md'), heading).matchAll(
    /^\| `(lockstep_\w+)` +\| (\w+) +\|([^|]*)\|/gm,
  );
  const documented = [...rows].map(([, name, type, labels = '']) =>
    [name, type, ...[...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)].join(' '),
  );
  expect(known.map(({ name, type }) => [name, type, ...labelsOf(name)].join(' ')).sort()).toEqual(documented.sort());
});
