/** One job, chosen by its id: how far it is, its curves, and what its steps go into. */
import { QueryVariableBuilder, VariableRefresh } from '@grafana/grafana-foundation-sdk/dashboard';
import { checkpointAnnotation, workerAnnotations } from './annotations.js';
import { buildDashboard, type DashboardFile, type Section } from './build-dashboard.js';
import { curves, DATA_SOURCE, numbers } from './panels.js';
import { stepAnatomy, stragglers } from './step-panels.js';

const JOB = '{job_id="$job_id"}';
/** One that is paused or over stands still, and nothing is wrong with it. */
const RUNS = `and on (job_id) lockstep_job_running${JOB} == 1`;

export function jobDashboard(): DashboardFile {
  return buildDashboard({
    uid: 'lockstep-job',
    title: 'Job',
    description: 'One job: progress, curves of training and validation, speed, workers and checkpoints.',
    variables: [jobVariable()],
    annotations: [...workerAnnotations(), checkpointAnnotation(JOB)],
    sections: [atAGlance(), learning(), speed(), cluster()],
  });
}

/** The ids of jobs that made steps in the time that is shown, the last one first. */
function jobVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('job_id')
    .label('Job')
    .datasource(DATA_SOURCE)
    .query('query_result(sort_desc(max_over_time(lockstep_job_last_step_timestamp_seconds[$__range])))')
    .regex('/job_id="([^"]+)"/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(false)
    .includeAll(false);
}

function atAGlance(): Section {
  return { title: 'At a glance', panels: [...howFar(), ...howLongAgo(), howMany()] };
}

function howFar(): Section['panels'] {
  return [
    numbers({
      ...{ title: 'Progress', unit: 'percentunit', width: 4, min: 0, max: 1, decimals: 1 },
      description: 'Share of the steps that are done.',
      queries: [[`lockstep_job_progress_ratio${JOB}`, 'progress']],
    }),
    numbers({
      ...{ title: 'Time left', unit: 's', width: 4, decimals: 0 },
      description: 'Estimated from the speed so far; empty while nothing is known, and after the end.',
      queries: [[`lockstep_job_eta_seconds${JOB}`, 'time left']],
    }),
    numbers({
      ...{ title: 'Speed', unit: 'short', width: 4, decimals: 0 },
      description: 'Training samples a second; 0 while it waits or is paused, the average after its end.',
      queries: [[`lockstep_job_samples_per_second${JOB}`, 'samples/s']],
    }),
  ];
}

function howLongAgo(): Section['panels'] {
  return [
    numbers({
      ...{ title: 'Last step', unit: 's', width: 4, decimals: 0 },
      description:
        'How long ago the job was first seen at the step that it is at, or to go on. JobStalled fires after five minutes. ' +
        'Empty while the job is paused, and after its end.',
      queries: [[`time() - lockstep_job_last_step_timestamp_seconds${JOB} ${RUNS}`, 'ago']],
      thresholds: [
        ['green', null],
        ['yellow', 60],
        ['red', 300],
      ],
    }),
    numbers({
      ...{ title: 'Newest checkpoint', unit: 's', width: 4, decimals: 0 },
      description:
        'How long ago it was committed. CheckpointStale fires after ten minutes without one. ' +
        'Empty while the job makes no steps.',
      queries: [
        [
          `time() - lockstep_checkpoint_last_success_timestamp_seconds${JOB} ${RUNS} ` +
            `and on (job_id) changes(lockstep_job_step${JOB}[10m]) > 0`,
          'ago',
        ],
      ],
      thresholds: [
        ['green', null],
        ['yellow', 300],
        ['red', 600],
      ],
    }),
  ];
}

function howMany(): Section['panels'][number] {
  return numbers({
    ...{ title: 'Workers', unit: 'short', width: 4 },
    description: 'How many hold the job. Below the second number it waits.',
    queries: [
      [`lockstep_job_workers${JOB}`, 'hold it'],
      [`lockstep_job_wanted_workers${JOB}`, 'wanted'],
    ],
  });
}

function learning(): Section {
  return {
    title: 'Learning',
    panels: [
      curves({
        ...{ title: 'Loss', unit: 'short', width: 8 },
        description:
          'Mean a sample: training over the epoch so far, validation of the last epoch; at the end all splits.',
        queries: [[`lockstep_job_loss${JOB}`, '{{split}}']],
      }),
      curves({
        ...{ title: 'Accuracy', unit: 'percentunit', width: 8, max: 1 },
        description: 'Share of right answers, where the task has classes.',
        queries: [[`lockstep_job_accuracy_ratio${JOB}`, '{{split}}']],
      }),
      curves({
        ...{ title: 'Gradient norm', unit: 'short', width: 8, min: 0 },
        description: 'Euclidean norm of the averaged gradient of the last step.',
        queries: [[`lockstep_job_gradient_norm${JOB}`, 'norm']],
      }),
    ],
  };
}

function speed(): Section {
  return {
    title: 'Speed',
    panels: [
      curves({
        ...{ title: 'Samples a second', unit: 'short', width: 8, min: 0 },
        description: 'As the job measures it.',
        queries: [[`lockstep_job_samples_per_second${JOB}`, 'samples/s']],
      }),
      curves({
        ...{ title: 'Time left, over time', unit: 's', width: 8, min: 0 },
        description: 'A straight line down to zero is an estimate that was right.',
        queries: [[`lockstep_job_eta_seconds${JOB}`, 'time left']],
      }),
      curves({
        ...{ title: 'Workers, over time', unit: 'short', width: 8, min: 0, decimals: 0 },
        description: 'How many hold the job, and how many it wants at least.',
        queries: [
          [`lockstep_job_workers${JOB}`, 'hold it'],
          [`lockstep_job_wanted_workers${JOB}`, 'wanted'],
        ],
      }),
    ],
  };
}

/** Histograms have no label for jobs, as they would be without number. */
function cluster(): Section {
  return { title: 'Steps of all jobs together', panels: [stepAnatomy(12), stragglers(12)] };
}
