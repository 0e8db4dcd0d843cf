/** Jobs side by side: state, progress and metrics. */
import type { JobStatus, SplitMetrics } from '@lockstep/core';
import { clock, decimal } from '../output/numbers.js';
import { renderTable } from '../output/table.js';

const HEADER = ['id', 'name', 'state', 'progress', 'loss', 'accuracy', 'validation', 'test', 'time', 'weights'];
const FIRST_FIGURE = HEADER.indexOf('progress');
const LAST_FIGURE = HEADER.indexOf('time');

/** Empty for no jobs. In the order that they come in. */
export function renderJobList(jobs: readonly JobStatus[]): string {
  if (jobs.length === 0) return '';
  const rows = jobs.map((job) => [
    job.id,
    job.name,
    job.state === 'QUEUED' ? `QUEUED ${job.queuePosition ?? ''}`.trim() : job.state,
    progress(job),
    figure(job.train === null ? known(job.progress.loss) : job.train.loss),
    figure(job.train?.accuracy ?? known(job.progress.accuracy)),
    figure(job.validation === null ? known(job.progress.validationAccuracy) : scoreOf(job.validation)),
    figure(scoreOf(job.test)),
    job.seconds > 0 ? clock(job.seconds) : '–',
    job.weightsSha256?.slice(0, 12) ?? '–',
  ]);
  return renderTable([HEADER, ...rows], (column) => column >= FIRST_FIGURE && column <= LAST_FIGURE).join('\n');
}

/** A job that early stopping ended is as done as one that took all of its steps. */
function progress({ state, progress: { step, steps } }: JobStatus): string {
  if (state === 'SUCCEEDED') return '100 %';
  return steps === 0 ? '–' : `${Math.floor((100 * step) / steps)} %`;
}

/** What a split is judged by: the accuracy where there are classes, else the loss. */
function scoreOf(metrics: SplitMetrics | null): number | null | undefined {
  return metrics?.accuracy ?? metrics?.loss;
}

/** In the progress, null is what is not known yet. */
function known(value: number | null): number | undefined {
  return value ?? undefined;
}

function figure(value: number | null | undefined): string {
  return value === undefined ? '–' : decimal(value);
}
