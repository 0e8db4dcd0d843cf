import { describe, expect, it } from 'vitest';
import { readDocument } from '../support/documents.js';
import { readRecordingRules } from '../support/prometheus-files.js';
import { metricNamesOf, selectorsOf } from '../support/promql.js';
import { allQueries } from '../support/queries.js';

const text = readDocument('docs/metrics.md');
const documented = new Map(
  [...text.matchAll(/^\| `(\w+)` +\| (\w+) +\|/gm)].map(([, name = '', type = '']) => [name, type] as const),
);
const recorded = new Set(readRecordingRules().map(({ record }) => record));
/** Of Node, of Prometheus itself, and of NATS's exporter. */
const FOREIGN = /^(process_|nodejs_|up$|ALERTS$|gnatsd_varz_)/;

function isKnown(name: string): boolean {
  if (FOREIGN.test(name) || recorded.has(name)) return true;
  const [, histogram] = /^(\w+)_(?:bucket|sum|count)$/.exec(name) ?? [];
  if (histogram !== undefined && documented.get(histogram) === 'histogram') return true;
  return documented.has(name) && documented.get(name) !== 'histogram';
}

describe('The names of metrics', () => {
  it('are found in queries.', () => {
    const query =
      'sum by (le, worker) (rate(a_bucket{x=~"b|c", y="d(e)"}[5m] offset 1h)) / on () group_left () a:b:c > 15 ' +
      'and label_replace(d, "f", "g", "", "") unless time() - h offset $__interval <= $__interval_ms * 4e3 or vector(0)';
    expect(metricNamesOf(query)).toEqual(['a_bucket', 'a:b:c', 'd', 'h']);
    expect(selectorsOf(query)[0]).toBe('a_bucket{x=~"b|c", y="d(e)"}');
  });

  it.each(allQueries())('are known: $where', ({ expression }) => {
    const names = metricNamesOf(expression);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
  });

  it('of recording rules are used.', () => {
    const used = new Set(allQueries().flatMap(({ expression }) => metricNamesOf(expression)));
    expect([...recorded].filter((name) => !used.has(name))).toEqual([]);
  });
});
