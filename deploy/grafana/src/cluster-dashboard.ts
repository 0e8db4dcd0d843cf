/** The whole cluster: whether all is well, how fast it is, where the time goes, and what the machines have left. */
import { checkpointAnnotation, workerAnnotations } from './annotations.js';
import { buildDashboard, type DashboardFile, type Section } from './build-dashboard.js';
import { processes, storage } from './cluster-machines.js';
import { messages } from './cluster-messages.js';
import { jobTable } from './job-table.js';
import { curves, heatMap, numbers, type Threshold } from './panels.js';
import { stepAnatomy, stragglers } from './step-panels.js';

const EFFICIENCY: readonly Threshold[] = [
  ['red', null],
  ['yellow', 0.5],
  ['green', 0.8],
];

export function clusterDashboard(): DashboardFile {
  return buildDashboard({
    uid: 'lockstep-cluster',
    title: 'Cluster',
    description: 'Jobs, workers and alerts at a glance; speed; where the time of a step goes; messages; machines.',
    variables: [],
    annotations: [...workerAnnotations(), checkpointAnnotation('')],
    sections: [atAGlance(), jobs(), speed(), steps(), messages(), storage(), processes()],
  });
}

function atAGlance(): Section {
  return {
    title: 'At a glance',
    panels: [
      numbers({
        ...{ title: 'Alerts', unit: 'short', width: 4 },
        description: 'Alerts that fire, by severity. What to do is in the runbook that each links to.',
        queries: [
          ['count(ALERTS{alertstate="firing", severity="critical"}) or vector(0)', 'critical'],
          ['count(ALERTS{alertstate="firing", severity="warning"}) or vector(0)', 'warning'],
        ],
        thresholds: [
          ['green', null],
          ['red', 1],
        ],
      }),
      numbers({
        ...{ title: 'Coordinator', unit: 'bool_on_off', width: 4 },
        description: 'Whether Prometheus reaches it.',
        queries: [['max(up{job="coordinator"}) or vector(0)', 'coordinator']],
        thresholds: [
          ['red', null],
          ['green', 1],
        ],
      }),
      numbers({
        ...{ title: 'Workers by state', unit: 'short', width: 8 },
        description: 'Workers of the cluster by what they do.',
        queries: [['sum by (state) (lockstep_workers)', '{{state}}']],
      }),
      ...howFast(),
      numbers({
        ...{ title: 'Jobs by state', unit: 'short', width: 24 },
        description: 'All jobs in the store.',
        queries: [['sum by (state) (lockstep_jobs)', '{{state}}']],
      }),
    ],
  };
}

function howFast(): Section['panels'] {
  return [
    numbers({
      ...{ title: 'Speed', unit: 'short', width: 4, decimals: 0 },
      description: 'Training samples a second of all workers together.',
      queries: [['cluster:lockstep_samples:rate1m', 'samples/s']],
    }),
    numbers({
      ...{ title: 'Efficiency', unit: 'percentunit', width: 4, decimals: 0 },
      description: "Share of the threads' time in which they compute. Empty while no job runs.",
      queries: [['cluster:lockstep_scaling_efficiency:ratio_rate1m', 'efficiency']],
      thresholds: EFFICIENCY,
    }),
  ];
}

function jobs(): Section {
  return {
    title: 'Jobs',
    panels: [
      jobTable(16),
      curves({
        ...{ title: 'Alerts that fire', unit: 'short', width: 8, min: 0, decimals: 0, stacked: true },
        description: 'By name, also of those that fired between two points of a long view. Empty is good.',
        queries: [
          ['count by (alertname) (last_over_time(ALERTS{alertstate="firing"}[$__rate_interval]))', '{{alertname}}'],
        ],
      }),
    ],
  };
}

function speed(): Section {
  return {
    title: 'Speed',
    panels: [
      curves({
        ...{ title: 'Samples a second', unit: 'short', width: 8, min: 0, stacked: true },
        description: 'Training samples in parts that were taken, by worker.',
        queries: [['worker:lockstep_samples:rate1m', '{{worker}}']],
      }),
      curves({
        ...{ title: 'Scaling efficiency', unit: 'percentunit', width: 8, min: 0, max: 1 },
        description:
          "Share of the threads' time in which they compute: 1 is as fast as all together could be. Empty while no job runs.",
        queries: [
          ['cluster:lockstep_scaling_efficiency:ratio_rate1m', 'cluster'],
          ['worker:lockstep_thread_busy:ratio_rate1m', '{{worker}}'],
        ],
        thresholds: EFFICIENCY,
      }),
      curves({
        ...{ title: 'Time left', unit: 's', width: 8, min: 0 },
        description: 'Estimated for each job that runs.',
        queries: [['lockstep_job_eta_seconds', '{{job_id}}']],
      }),
    ],
  };
}

function steps(): Section {
  return {
    title: 'Steps',
    panels: [
      stepAnatomy(12),
      curves({
        ...{ title: 'Duration of a step', unit: 's', width: 6, min: 0 },
        description: 'From handing a minibatch out to having its sum.',
        queries: [
          ['cluster:lockstep_step_duration_seconds:p50_rate1m', 'median'],
          ['cluster:lockstep_step_duration_seconds:p99_rate1m', '99%'],
        ],
      }),
      curves({
        ...{ title: 'Steps a second', unit: 'short', width: 6, min: 0 },
        description: 'Steps that were applied, those given up before their end, and those whose loss was not finite.',
        queries: [
          ['cluster:lockstep_steps:rate1m', 'committed'],
          ['sum by (outcome) (rate(lockstep_steps_total{outcome!="committed"}[$__rate_interval]))', '{{outcome}}'],
        ],
      }),
      stragglers(8),
      heatMap({
        ...{ title: 'Native time of a slice', unit: 's', width: 8, buckets: true },
        description: 'Observations a second by duration, of all workers.',
        queries: [['sum by (le) (rate(lockstep_slice_duration_seconds_bucket[$__rate_interval]))', '{{le}}']],
      }),
      curves({
        ...{ title: 'Handed out again, and dropped', unit: 'short', width: 8, min: 0 },
        description:
          'Slices a second whose worker was lost or late, and parts that were not wanted any more or not sound.',
        queries: [
          ['sum by (reason) (rate(lockstep_slices_reissued_total[$__rate_interval]))', 'slices: {{reason}}'],
          ['sum by (reason) (rate(lockstep_gradient_parts_rejected_total[$__rate_interval]))', 'parts: {{reason}}'],
        ],
      }),
    ],
  };
}
