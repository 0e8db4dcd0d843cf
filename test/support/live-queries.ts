/** Runs queries against a live Prometheus until they have data. */
import { hasData, type PrometheusApi } from './prometheus-api.js';
import { fillIn, type LiveQuery } from './queries.js';
import { waitFor } from './wait-for.js';

export interface Run {
  readonly api: PrometheusApi;
  readonly jobId: string;
  /** Curves look back so far. */
  readonly seconds: number;
}

export async function answers({ api, jobId, seconds }: Run, { expression, kind }: LiveQuery): Promise<boolean> {
  const filled = fillIn(expression, { jobId, range: `${seconds}s` });
  return hasData(kind === 'instant' ? await api.query(filled) : await api.queryRange(filled, seconds));
}

/** Those that still have none at the deadline. A refused query throws. */
export async function withoutData(run: Run, queries: readonly LiveQuery[], milliseconds: number): Promise<LiveQuery[]> {
  let pending = [...queries];
  const allAnswer = async (): Promise<boolean> => {
    const still: LiveQuery[] = [];
    for (const query of pending) if (!(await answers(run, query))) still.push(query);
    pending = still;
    return pending.length === 0;
  };
  await waitFor(allAnswer, 'every query to have data', milliseconds).catch(() => undefined);
  return pending;
}
