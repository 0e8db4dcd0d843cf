import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { ROOT } from '../support/documents.js';
import { freePort } from '../support/free-port.js';
import { exampleJob } from '../support/jobs.js';
import { answers, COORDINATOR_HAS_SETTLED, unanswered, withoutData, type Run } from '../support/live-queries.js';
import { hasData, written } from '../support/prometheus-api.js';
import { findNatsExporter, startNatsExporter, TestPrometheus } from '../support/prometheus-server.js';
import type { NatsExporter, Targets } from '../support/prometheus-server.js';
import { FETCH_MILLISECONDS } from '../support/programs.js';
import { selectorsOf } from '../support/promql.js';
import { allQueries, dashboardVariables, fillIn, type LiveQuery } from '../support/queries.js';
import { BY_THE_MACHINE, NAMED_AS_EMPTY, reasonToBeEmpty, RIGHTLY_EMPTY_SELECTORS } from '../support/rightly-empty.js';
import { waitFor } from '../support/wait-for.js';

const DATA_MILLISECONDS = 90_000;
/** Of the worker that is killed: it takes part in some steps. */
const ENOUGH_SLICES = 300;

const folder = mkdtempSync(join(tmpdir(), 'lockstep-observability-'));
const found = findNatsExporter();
const withoutExporter = 'missing' in found ? found.missing : undefined;
let cluster: TestCluster;
let prometheus: TestPrometheus;
let exporter: NatsExporter | undefined;
let run: Run;

const address = (url: string): string => new URL(url).host;

/** The embedded nats-server has no monitoring; one that is called through this has. */
function natsServerWithMonitoring(port: number): string {
  const program = realpathSync(process.env['LOCKSTEP_NATS_SERVER'] ?? join(ROOT, '.lockstep/nats-server'));
  const script = join(folder, 'nats-server');
  writeFileSync(script, `#!/bin/sh\nexec '${program}' "$@" --http_port ${port}\n`, { mode: 0o755 });
  return script;
}

async function startCluster(metrics: number): Promise<Targets> {
  const monitoring = await freePort();
  const before = process.env['LOCKSTEP_NATS_SERVER'];
  process.env['LOCKSTEP_NATS_SERVER'] = natsServerWithMonitoring(monitoring);
  cluster = await TestCluster.start({ workers: 2, threads: 1 }).finally(() => {
    if (before === undefined) delete process.env['LOCKSTEP_NATS_SERVER'];
    else process.env['LOCKSTEP_NATS_SERVER'] = before;
  });
  if ('program' in found) exporter = await startNatsExporter(found.program, `http://127.0.0.1:${monitoring}`);
  const workers = ['w1', 'w2'].map((id) => address(cluster.metricsUrl(id)));
  return {
    coordinator: [address(cluster.url)],
    worker: [...workers, `127.0.0.1:${metrics}`],
    nats: exporter === undefined ? [] : [exporter.address],
  };
}

/** A job that goes on until it is cancelled. */
async function submit(): Promise<string> {
  const job = await exampleJob('mnist-mlp', { training: { epochs: 100_000 }, checkpoint: { everySeconds: 2 } });
  const { id } = await cluster.client.jobs.submit(job);
  await cluster.atStep(id, 1);
  return id;
}

/** A worker joins once the coordinator has been there for a while, computes for some time, and is killed. */
async function loseWorker(metrics: number): Promise<void> {
  const until = (expression: string, what: string): Promise<void> =>
    waitFor(async () => hasData(await run.api.query(expression)), what, 120_000);
  await until(COORDINATOR_HAS_SETTLED, 'the coordinator to be there for a while');
  await cluster.addWorker('w3', 1, ['--metrics-port', String(metrics)]);
  await until(`lockstep_slice_duration_seconds_count{worker="w3"} > ${ENOUGH_SLICES}`, 'the worker to have computed');
  cluster.kill('worker w3', 'SIGKILL');
}

beforeAll(async () => {
  const metrics = await freePort();
  prometheus = await TestPrometheus.start(await startCluster(metrics));
  run = { api: prometheus.api, jobId: await submit(), seconds: 300 };
  await loseWorker(metrics);
}, FETCH_MILLISECONDS);

afterAll(async () => {
  await prometheus?.close();
  await exporter?.close();
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('While a job trains on a real cluster under a real Prometheus', () => {
  it('every query of dashboards, alerts, rules and the runbook has data, or is named with its reason.', async () => {
    expect(allQueries().length).toBeGreaterThan(100);
    expect(await unanswered(run, withoutExporter, DATA_MILLISECONDS)).toEqual([]);
  });

  it('everything that a query chooses is there, so that no name of a label or of its value is made up.', async () => {
    const selectors = new Set(allQueries().flatMap(({ expression }) => selectorsOf(expression)));
    const queries = [...selectors]
      .map((expression): LiveQuery => ({ where: expression, expression, kind: 'instant' }))
      .filter((query) => reasonToBeEmpty(query, withoutExporter) === undefined)
      .filter(({ where }) => !RIGHTLY_EMPTY_SELECTORS.has(where));
    const empty = await withoutData(run, queries, DATA_MILLISECONDS);
    expect(empty.map(({ where }) => where)).toEqual([]);
  });

  it('what is named as rightly empty is so, and is still asked.', async () => {
    const queries = allQueries();
    const wheres = new Set(queries.map(({ where }) => where));
    expect([...NAMED_AS_EMPTY].filter((where) => !wheres.has(where))).toEqual([]);
    const selectors = new Set(queries.flatMap(({ expression }) => selectorsOf(expression)));
    expect([...RIGHTLY_EMPTY_SELECTORS.keys()].filter((selector) => !selectors.has(selector))).toEqual([]);
    const full: string[] = [];
    for (const query of queries) {
      const named = reasonToBeEmpty(query, withoutExporter) !== undefined && !BY_THE_MACHINE.has(query.where);
      if (named && (await answers(run, query))) full.push(query.where);
    }
    for (const selector of RIGHTLY_EMPTY_SELECTORS.keys()) {
      if (hasData(await run.api.query(selector))) full.push(selector);
    }
    expect(full).toEqual([]);
  });

  it('Prometheus evaluates every rule without an error, and the loss of a worker fires.', async () => {
    const rules = await run.api.rules();
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const firing = await run.api.query('ALERTS{alertstate="firing"}');
    expect(firing.map(({ metric }) => metric['alertname'])).toContain('WorkerLost');
  });

  it('every process is scraped but the one that was killed.', async () => {
    const expected = ['coordinator', 'prometheus', 'worker', 'worker', ...(exporter === undefined ? [] : ['nats'])];
    const jobsThatAreUp = async (): Promise<(string | undefined)[]> => {
      const targets = await run.api.targets();
      return targets.filter(({ health }) => health === 'up').map(({ labels }) => labels['job']);
    };
    await expect.poll(async () => (await jobsThatAreUp()).sort(), { timeout: 60_000 }).toEqual(expected.sort());
  });

  it('the dashboard of a job offers the job.', async () => {
    const [variable] = dashboardVariables();
    const [, query = ''] = /^query_result\((.*)\)$/.exec(variable?.query ?? '') ?? [];
    const series = await run.api.query(fillIn(query, { jobId: '', range: '60s' }));
    const value = new RegExp(variable!.regex.slice(1, -1)).exec(written(series[0]!))?.[1];
    expect([variable?.name, value]).toEqual(['job_id', run.jobId]);
  });
});
