/** What the lines through panels show, and when they must not. */
import { beforeAll, describe, expect, it } from 'vitest';
import { expectCounts, SCRAPE_SECONDS, type MadeUpSeries } from '../support/made-up-series.js';
import { FETCH_MILLISECONDS, prometheusPrograms } from '../support/programs.js';
import { allQueries, fillIn } from '../support/queries.js';

const UNTIL = 600;
const NEWEST = 'lockstep_checkpoint_last_success_timestamp_seconds{job="coordinator", job_id="j"}';
const STARTED = 'process_start_time_seconds{job="coordinator"}';
const UP = 'up{job="coordinator"}';
const heartbeatOf = (worker: string): string => `lockstep_worker_heartbeat_timestamp_seconds{worker="${worker}"}`;

beforeAll(() => void prometheusPrograms(), FETCH_MILLISECONDS);

/** From the first of these seconds to just before the second. */
type Spans = readonly (readonly [from: number, to: number])[];

interface Scene {
  readonly stepSeconds: number;
  readonly series: MadeUpSeries;
  readonly shown: Spans;
}

/** A span as long as a step is one line, wherever Grafana's steps begin. */
function expectLines(annotation: string, { stepSeconds, series, shown }: Scene): void {
  const found = allQueries().find(({ where }) => where === `job / annotation ${annotation}`);
  const query = fillIn(found?.expression ?? '', { jobId: 'j', range: '10m', stepSeconds });
  const isShown = (second: number): boolean => shown.some(([from, to]) => second >= from && second < to);
  const seconds = Array.from({ length: UNTIL }, (_, second) => second);
  expectCounts(query, series, new Map(seconds.map((second) => [second, isShown(second) ? 1 : 0])));
}

/** One value a scrape, in spans of seconds; none where it is undefined. */
function values(...spans: readonly (readonly [value: number | undefined, from: number, to: number])[]): string {
  const parts = spans.map(([value, from, to]) => {
    const more = (to - from) / SCRAPE_SECONDS - 1;
    // Prometheus notes that a series is no longer there.
    return value === undefined ? `stale _x${more}` : `${value}x${more}`;
  });
  return parts.join(' ').replace(/^stale/, '_');
}

describe('Lines for checkpoints', () => {
  const checkpoints = values([undefined, 0, 20], [17, 20, 140], [133, 140, UNTIL]);

  it.each([15, 60])('are one for each, also the first, when a step has %i seconds.', (stepSeconds) => {
    const shown: Spans = [20, 140].map((scraped) => [scraped, scraped + stepSeconds]);
    expectLines('Checkpoints', { stepSeconds, series: { [NEWEST]: checkpoints }, shown });
  });

  it('are not drawn again when the coordinator comes back, nor when Prometheus begins.', () => {
    const away = values([100, 200, 260], [undefined, 260, 290], [100, 290, UNTIL]);
    expectLines('Checkpoints', { stepSeconds: 15, series: { [NEWEST]: `_x39 ${away}` }, shown: [] });
  });
});

describe('Lines for workers', () => {
  it.each([15, 120])('are one for each that joins or goes, when a step has %i seconds.', (stepSeconds) => {
    const series = {
      [UP]: values([1, 0, UNTIL]),
      [STARTED]: values([-60, 0, UNTIL]),
      [heartbeatOf('w1')]: values([9, 0, UNTIL]),
      [heartbeatOf('w2')]: values([undefined, 0, 200], [9, 200, 400], [undefined, 400, UNTIL]),
    };
    expectLines('Joins', { stepSeconds, series, shown: [[200, 200 + stepSeconds]] });
    expectLines('Losses', { stepSeconds, series, shown: [[400, 400 + stepSeconds]] });
  });

  it.each([15, 120])('are none while a coordinator is away, nor after, with steps of %i seconds.', (stepSeconds) => {
    const away = [undefined, 200, 230] as const;
    const series = {
      [UP]: values([1, 0, 200], [0, 200, 230], [1, 230, UNTIL]),
      [STARTED]: values([-60, 0, 200], away, [228, 230, UNTIL]),
      [heartbeatOf('w1')]: values([9, 0, 200], away, [9, 230, UNTIL]),
      [heartbeatOf('w2')]: values([9, 0, 200], away, [undefined, 230, 250], [9, 250, UNTIL]),
    };
    expectLines('Joins', { stepSeconds, series, shown: [] });
    expectLines('Losses', { stepSeconds, series, shown: [] });
  });

  it('are none when a coordinator starts anew between two scrapes and does not know everybody at the second.', () => {
    const series = {
      [UP]: values([1, 0, UNTIL]),
      [STARTED]: values([-60, 0, 200], [199, 200, UNTIL]),
      [heartbeatOf('w1')]: values([9, 0, 200], [undefined, 200, 205], [9, 205, UNTIL]),
    };
    for (const annotation of ['Joins', 'Losses']) {
      expectLines(annotation, { stepSeconds: 15, series, shown: [] });
    }
  });
});

it('The queries are the same on both dashboards but for the job.', () => {
  const of = (dashboard: string): string[] =>
    allQueries()
      .filter(({ where }) => where.startsWith(`${dashboard} / annotation`))
      .map(({ expression }) => expression.replaceAll('{job_id="$job_id"}', ''));
  expect(of('cluster')).toHaveLength(3);
  expect(of('job')).toEqual(of('cluster'));
});
