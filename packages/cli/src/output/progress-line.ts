/** What is said about a job while it runs. Pure: a status in, a line out. */
import type { EpochMetrics, JobProgress, JobStatus } from '@lockstep/core';
import { clock, decimal, grouped } from './numbers.js';

const BAR_CELLS = 16;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** `▕███████▌        ▏` for a share from 0 to 1. */
export function renderBar(share: number, cells = BAR_CELLS): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * cells * 8);
  const filled = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return `▕${filled.padEnd(cells)}▏`;
}

/**
 * The line that is drawn over itself on a terminal, never wider than `columns`: what fits least is left out first.
 * The bar is that of the whole job, as the time left is.
 */
export function renderProgressLine(status: JobStatus, columns: number): string {
  const head = `▶ ${status.name}   `;
  if (status.state !== 'RUNNING') return cut(`${head}${status.state.toLowerCase()}${reason(status)}`, columns);
  const { progress } = status;
  const epoch = `epoch ${progress.epoch}/${progress.epochs} `;
  const bar = renderBar(progress.steps === 0 ? 0 : progress.step / progress.steps);
  // Ranks say what goes first when the terminal is narrow.
  const facts = factsOf(progress);
  for (let rank = facts.length; rank >= 0; rank -= 1) {
    const shown = facts.filter((fact) => fact.rank < rank).map((fact) => fact.text);
    const line = `${head}${epoch}${bar} ${shown.join(' · ')}`.trimEnd();
    if (line.length <= columns) return line;
  }
  return cut(`${head}${epoch}`, columns);
}

/** The line at the end of each epoch, where lines cannot be drawn over. */
export function renderEpochLine(epoch: EpochMetrics, epochs: number): string {
  return [
    `epoch ${epoch.epoch}/${epochs}`,
    `loss ${decimal(epoch.train.loss)}`,
    ...(epoch.train.accuracy === undefined ? [] : [`accuracy ${decimal(epoch.train.accuracy)}`]),
    ...validation(epoch),
    `${grouped(epoch.samplesPerSecond)} samples/s`,
  ].join(' · ');
}

/** What a job that does not run is doing, in a line. */
export function renderWaiting(status: JobStatus): string {
  return `${status.name} is ${status.state.toLowerCase()}${reason(status)}`;
}

interface Fact {
  readonly rank: number;
  readonly text: string;
}

function factsOf(progress: JobProgress): Fact[] {
  const { loss, accuracy, validationAccuracy, samplesPerSecond, etaSeconds } = progress;
  return [
    { rank: 0, text: loss === null ? '' : `loss ${decimal(loss)}` },
    { rank: 1, text: accuracy === null ? '' : `accuracy ${decimal(accuracy)}` },
    { rank: 4, text: validationAccuracy === null ? '' : `validation ${decimal(validationAccuracy)}` },
    { rank: 3, text: samplesPerSecond > 0 ? `${grouped(samplesPerSecond)} samples/s` : '' },
    { rank: 2, text: etaSeconds === null ? '' : `${clock(etaSeconds)} left` },
  ].filter((fact) => fact.text !== '');
}

function validation({ validation: metrics }: EpochMetrics): string[] {
  if (metrics === undefined) return [];
  return [
    metrics.accuracy === undefined
      ? `validation loss ${decimal(metrics.loss)}`
      : `validation ${decimal(metrics.accuracy)}`,
  ];
}

function reason(status: JobStatus): string {
  return status.reason === '' ? '' : `: ${status.reason}`;
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
