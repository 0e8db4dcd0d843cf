/** The table of jobs on the dashboard of the cluster: a row a job, each a link to the job's own dashboard. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { DynamicConfigValue, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { placed, target, thresholds } from './panels.js';

interface Column {
  readonly title: string;
  readonly expression: string;
  readonly unit: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'Running', expression: 'lockstep_job_running', unit: 'bool_yes_no' },
  { title: 'Progress', expression: 'lockstep_job_progress_ratio', unit: 'percentunit' },
  { title: 'Time left', expression: 'lockstep_job_eta_seconds', unit: 's' },
  { title: 'Samples/s', expression: 'lockstep_job_samples_per_second', unit: 'short' },
  { title: 'Training loss', expression: 'lockstep_job_loss{split="train"}', unit: 'short' },
  { title: 'Workers', expression: 'lockstep_job_workers', unit: 'short' },
];

const JOB_LINK = { title: 'This job', url: '/d/lockstep-job?var-job_id=${__value.text}&${__url_time_range}' };

export function jobTable(width: number): Builder<Panel> {
  const panel = placed(
    new PanelBuilder(),
    {
      ...{ title: 'Jobs', unit: 'short', width, queries: [] },
      description: 'Jobs that run, and those that ended in the last ten minutes. A job leads to its own dashboard.',
    },
    8,
  ).thresholds(thresholds([['blue', null]]));
  COLUMNS.forEach(({ title, expression }, index) =>
    panel.withTarget(
      target([`max by (job_id) (${expression})`, title], index)
        .instant()
        .format(PromQueryFormat.Table),
    ),
  );
  panel.withTransformation({ id: 'joinByField', options: { byField: 'job_id', mode: 'outer' } });
  panel.withTransformation({ id: 'filterFieldsByName', options: { include: { pattern: '^(job_id|Value #.)$' } } });
  panel.withTransformation({ id: 'organize', options: { renameByName: names() } });
  panel.overrideByName('Job', [{ id: 'links', value: [JOB_LINK] }]);
  for (const { title, unit } of COLUMNS) panel.overrideByName(title, [unitOf(unit)]);
  return panel;
}

/** Grafana calls the columns of a join by their queries' letters. */
function names(): Record<string, string> {
  const columns = COLUMNS.map(({ title }, index) => [
    `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`,
    title,
  ]);
  return { job_id: 'Job', ...(Object.fromEntries(columns) as Record<string, string>) };
}

function unitOf(unit: string): DynamicConfigValue {
  return { id: 'unit', value: unit };
}
