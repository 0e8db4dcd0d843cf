/** What panels show of what stands still in good order, and of what was over a while ago. */
import { beforeAll, describe, it } from 'vitest';
import { expectCounts, type MadeUpSeries } from '../support/made-up-series.js';
import { FETCH_MILLISECONDS, prometheusPrograms } from '../support/programs.js';
import { allQueries, fillIn } from '../support/queries.js';

const LONG = 900;
const of = (metric: string): string => `${metric}{job="coordinator", job_id="j"}`;
const SINCE = {
  [of('lockstep_job_last_step_timestamp_seconds')]: '0x400',
  [of('lockstep_checkpoint_last_success_timestamp_seconds')]: '0x400',
};
const STEPS = { [of('lockstep_job_step')]: '0+1x400' };
const NO_STEPS = { [of('lockstep_job_step')]: '7x400' };
const running = (value: 0 | 1): MadeUpSeries => ({ [of('lockstep_job_running')]: `${value}x400` });

beforeAll(() => void prometheusPrograms(), FETCH_MILLISECONDS);

/** @param count of series whose value is red now */
function expectRed(panel: string, series: MadeUpSeries, count: number): void {
  const found = allQueries().find(({ where }) => where === `job / ${panel} / A`);
  const query = fillIn(found?.expression ?? '', { jobId: 'j', range: '30m' });
  expectCounts(`(${query}) > 600`, series, new Map([[LONG, count]]));
}

describe("The dashboard of a job shows in red a job's", () => {
  it('last step when it should make one and does not, and not when it is paused or over.', () => {
    expectRed('Last step', { ...SINCE, ...NO_STEPS, ...running(1) }, 1);
    expectRed('Last step', { ...SINCE, ...NO_STEPS, ...running(0) }, 0);
  });

  it('newest checkpoint when it trains without new ones, and not when it makes no steps, is paused or is over.', () => {
    expectRed('Newest checkpoint', { ...SINCE, ...STEPS, ...running(1) }, 1);
    expectRed('Newest checkpoint', { ...SINCE, ...NO_STEPS, ...running(1) }, 0);
    expectRed('Newest checkpoint', { ...SINCE, ...NO_STEPS, ...running(0) }, 0);
  });
});

it('An alert that fired between two points of a long view is seen in it, and then no more.', () => {
  const found = allQueries().find(({ where }) => where === 'cluster / Alerts that fire / A');
  const query = fillIn(found?.expression ?? '', { jobId: '', range: '7d', stepSeconds: 300 });
  const series = { 'ALERTS{alertname="WorkerLost", alertstate="firing", severity="warning"}': '_x20 1x10 stale' };
  expectCounts(
    query,
    series,
    new Map([
      [90, 0],
      [390, 1],
      [690, 0],
    ]),
  );
});
