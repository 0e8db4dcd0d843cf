/** Runs queries against a live Prometheus until they have data. */
import { hasData, type PrometheusApi } from './prometheus-api.js';
import { allQueries, fillIn, type LiveQuery } from './queries.js';
import { reasonToBeEmpty } from './rightly-empty.js';
import { waitFor } from './wait-for.js';

export interface Run {
  readonly api: PrometheusApi;
  readonly jobId: string;
  /** Curves look back so far. */
  readonly seconds: number;
}

/** The coordinator has been there for so long that a worker which joins now is seen as such: see annotations.ts. */
export const COORDINATOR_HAS_SETTLED = 'process_start_time_seconds{job="coordinator"} offset 15s < time() - 45';

export async function answers({ api, jobId, seconds }: Run, { expression, kind }: LiveQuery): Promise<boolean> {
  const filled = fillIn(expression, { jobId, range: `${seconds}s` });
  return hasData(kind === 'instant' ? await api.query(filled) : await api.queryRange(filled, seconds));
}

/**
 * What dashboards, alerts, rules and the runbook ask that should have data and has none at the deadline. A job must be
 * training, checkpoints of it must have been written, and a worker must have joined and another been killed lately.
 * @param withoutExporter why there is no exporter of NATS; undefined where there is one
 */
export async function unanswered(
  run: Run,
  withoutExporter: string | undefined,
  milliseconds: number,
): Promise<string[]> {
  const expected = allQueries().filter((query) => reasonToBeEmpty(query, withoutExporter) === undefined);
  const empty = await withoutData(run, expected, milliseconds);
  return empty.map(({ where, expression }) => `${where}: ${expression}`);
}

/** Those that still have none at the deadline, those that Prometheus refuses among them. */
export async function withoutData(run: Run, queries: readonly LiveQuery[], milliseconds: number): Promise<LiveQuery[]> {
  let pending = [...queries];
  const allAnswer = async (): Promise<boolean> => {
    const still: LiveQuery[] = [];
    for (const query of pending) {
      // A busy machine may let one wait too long: it is asked again. One that is refused is still here at the deadline.
      if (!(await answers(run, query).catch(() => false))) still.push(query);
    }
    pending = still;
    return pending.length === 0;
  };
  await waitFor(allAnswer, 'every query to have data', milliseconds).catch(() => undefined);
  return pending;
}
