/** Queries over series that a test makes up, answered by promtool: what a person would see, second by second. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promtool } from './programs.js';

/** In promtool's notation, one value a scrape; the first one is at 0, as time() is then. */
export type MadeUpSeries = Readonly<Record<string, string>>;

export const SCRAPE_SECONDS = 5;

/**
 * Throws unless the query has exactly as many series as it should at each second, with all that promtool says.
 * @param expected how many series, by second
 */
export function expectCounts(query: string, series: MadeUpSeries, expected: ReadonlyMap<number, number>): void {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-promtool-'));
  const made = {
    interval: `${SCRAPE_SECONDS}s`,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [...expected].map(([second, count]) => ({
      expr: `count(${query})`,
      eval_time: `${second}s`,
      exp_samples: count === 0 ? [] : [{ labels: '{}', value: count }],
    })),
  };
  try {
    const file = join(folder, 'test.yml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ evaluation_interval: '1s', tests: [made] }));
    promtool('test', 'rules', file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
