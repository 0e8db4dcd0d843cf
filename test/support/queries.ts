/**
 * Every query that dashboards, alerts, recording rules and the runbook ask Prometheus, for tests that run them all
 * against a live one: the embedded cluster's here, that of the compose stack elsewhere.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDocument, ROOT } from './documents.js';
import { readAlerts, readRecordingRules } from './prometheus-files.js';

export interface LiveQuery {
  /** Unique and for people, such as `cluster / CPU / A`. */
  readonly where: string;
  readonly expression: string;
  /** Whether it asks for now or for a curve. */
  readonly kind: 'instant' | 'range';
}

interface Target {
  readonly refId?: string;
  readonly expr: string;
  readonly instant?: boolean;
}

interface DashboardFile {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Target[] }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly target: Target }[] };
  readonly templating: { readonly list?: readonly Variable[] };
}

/** A variable of a dashboard whose values come from Prometheus. */
export interface Variable {
  readonly name: string;
  readonly query: string;
  /** Takes the value out of a series as it is written, with a slash at both ends. */
  readonly regex: string;
}

const DASHBOARDS = join(ROOT, 'deploy/grafana/dashboards');

export function allQueries(): LiveQuery[] {
  const alerts = readAlerts().map(({ alert, expr }) => ({ where: `alert ${alert}`, expression: expr }));
  const rules = readRecordingRules().map(({ record, expr }) => ({ where: `rule ${record}`, expression: expr }));
  const instant = [...alerts, ...rules, ...runbookQueries()].map((query) => ({ ...query, kind: 'instant' as const }));
  return [...dashboardQueries(), ...instant];
}

/** Of all dashboards. */
export function dashboardVariables(): Variable[] {
  return readDashboards().flatMap(([, { templating }]) => templating.list ?? []);
}

interface Filling {
  readonly jobId: string;
  readonly range: string;
  /** Between two points of a curve; 15 if left out. */
  readonly stepSeconds?: number;
}

/** As Grafana does it before it asks Prometheus. */
export function fillIn(expression: string, { jobId, range, stepSeconds = 15 }: Filling): string {
  const filled = expression
    .replaceAll('$job_id', jobId)
    .replaceAll('$__rate_interval', `${Math.max(30, stepSeconds + 5)}s`)
    .replaceAll('$__interval_ms', String(stepSeconds * 1000))
    .replaceAll('$__interval', `${stepSeconds}s`)
    .replaceAll('$__range', range);
  if (filled.includes('$')) throw new Error(`There is a variable in it that nobody fills in: ${filled}`);
  return filled;
}

function dashboardQueries(): LiveQuery[] {
  return readDashboards().flatMap(([name, { panels, annotations }]) => {
    const queries = panels.flatMap(({ title, targets = [] }) =>
      targets.map((target): LiveQuery => {
        const kind = target.instant === true ? 'instant' : 'range';
        return { where: `${name} / ${title} / ${target.refId ?? ''}`, expression: target.expr, kind };
      }),
    );
    const events = annotations.list.map(({ name: event, target }): LiveQuery => {
      return { where: `${name} / annotation ${event}`, expression: target.expr, kind: 'range' };
    });
    return [...queries, ...events];
  });
}

function runbookQueries(): { where: string; expression: string }[] {
  const blocks = [...readDocument('docs/runbook.md').matchAll(/^```promql\n(.*?)\n```$/gms)];
  return blocks.map(([, expression = '']) => ({ where: `runbook ${expression}`, expression }));
}

function readDashboards(): [name: string, dashboard: DashboardFile][] {
  return readdirSync(DASHBOARDS).map((file) => [
    file.replace('.json', ''),
    JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as DashboardFile,
  ]);
}
