/** The last lines of the demo: how it went, and what to try next. */
import type { SplitMetrics } from '@lockstep/core';
import type { Report } from '../output/report.js';
import { renderJobFailure } from '../output/failure.js';
import { decimal } from '../output/numbers.js';
import type { Style } from '../output/style.js';

/** Commands that exist, and only those: each one is a promise to a newcomer. */
export function renderClosing(report: Report, style: Style): string[] {
  if (report.state !== 'SUCCEEDED') return renderJobFailure(report, style);
  const metric = report.test ?? report.validation ?? report.train;
  const split = report.test !== null ? 'test' : report.validation !== null ? 'validation' : 'train';
  const score = metric === null ? 'done' : `${split} ${renderScore(metric)}`;
  const more = report.workers + 1;
  const tries = report.killed.length > 0 ? `--workers ${more}` : `--workers ${more}, or --kill`;
  const killed = report.killed.length > 0 ? `worker ${report.killed.join(', ')} was killed · ` : '';
  return [
    `${style.good('✔')} ${style.strong(score)} · ${killed}weights sha256 ${(report.weightsSha256 ?? '').slice(0, 12)}… · ` +
      `the same with any number of workers: try ${tries}`,
    ...(report.modelPath === null ? [] : [`  model saved: ${report.modelPath}`]),
    `  next: ./lockstep demo --workers ${more} · ./lockstep demo --kill · ./lockstep init my-job`,
  ];
}

/** What a job is judged by. */
function renderScore({ accuracy, rSquared, loss }: SplitMetrics): string {
  if (accuracy !== undefined) return `accuracy ${decimal(accuracy)}`;
  return rSquared === undefined ? `loss ${decimal(loss)}` : `R² ${decimal(rSquared)}`;
}
