/** The report at the end of a job: the members that `--json` promises, and the same for people. */
import { metricsOf, type JobFailure, type JobState, type JobStatus, type SplitMetrics } from '@lockstep/core';
import { counted, decimal, grouped } from './numbers.js';
import { renderFittingTable, renderTable } from './table.js';

export interface Report {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly weightsSha256: string | null;
  readonly steps: number;
  readonly epochs: number;
  readonly samplesPerSecond: number;
  readonly seconds: number;
  readonly workers: number;
  /** Of each worker; null where the workers are not this command's own. */
  readonly threads: number | null;
  readonly parameters: number;
  readonly train: SplitMetrics | null;
  readonly validation: SplitMetrics | null;
  /** With the confusion matrix: rows are true classes, columns predicted ones. */
  readonly test: SplitMetrics | null;
  readonly classNames: readonly string[];
  readonly reissuedSlices: number;
  readonly rejectedParts: Readonly<Record<string, number>>;
  /** Ids of workers that were killed on purpose. */
  readonly killed: readonly string[];
  /** The folder that the model was saved to; null where there is none. */
  readonly modelPath: string | null;
  readonly failure: JobFailure | null;
}

/** What the job's status does not know. */
export type ReportExtras = Partial<Pick<Report, 'threads' | 'killed' | 'modelPath' | 'workers'>>;

export function buildReport(status: JobStatus, extras: ReportExtras = {}): Report {
  const { id, name, state, weightsSha256, steps, epochs, samplesPerSecond, seconds, workers, parameters, test } =
    status;
  return {
    ...{ id, name, state, weightsSha256, steps, epochs, samplesPerSecond, seconds, workers, threads: null, parameters },
    ...{ killed: [], modelPath: null },
    ...extras,
    train: withoutConfusion(status.train),
    validation: withoutConfusion(status.validation),
    test,
    classNames: status.classNames,
    reissuedSlices: status.reissuedSlices,
    rejectedParts: status.rejectedParts,
    failure: status.failure,
  };
}

/** @param width of the terminal, in letters */
export function renderReport(report: Report, width: number): string {
  const { name, id, state, steps, epochs, seconds, samplesPerSecond, workers, threads, parameters } = report;
  const lines = [
    `${name} · job ${id} · ${state}`,
    `${counted(steps, 'step')}, ${counted(epochs, 'epoch')}, ${seconds.toFixed(1)} s, ${grouped(samplesPerSecond)} samples/s` +
      ` · ${threads === null ? counted(workers, 'worker') : `${workers} × ${threads} threads`}` +
      ` · ${grouped(parameters)} parameters`,
    ...renderSplits(report),
    ...renderClasses(report, width),
    ...(report.reissuedSlices > 0
      ? ['', `slices given out again: ${grouped(report.reissuedSlices)} (a worker was lost or late)`]
      : []),
    ...(report.weightsSha256 === null ? [] : ['', `weights sha256 ${report.weightsSha256}`]),
  ];
  return lines.join('\n');
}

const SPLITS = ['train', 'validation', 'test'] as const;

/** A column each for what a split has. */
function renderSplits(report: Report): string[] {
  const found = SPLITS.flatMap((split) => {
    const metrics = report[split];
    return metrics === null ? [] : [{ split, samples: metrics.samples, metrics: metricsOf(metrics) }];
  });
  const titles = [...new Set(found.flatMap(({ metrics }) => metrics.map(({ title }) => title)))];
  const rows = found.map(({ split, samples, metrics }) => {
    const values = new Map(metrics.map(({ title, value }) => [title, decimal(value)]));
    return [split, grouped(samples), ...titles.map((title) => values.get(title) ?? '–')];
  });
  return rows.length === 0 ? [] : ['', ...renderTable([['', 'samples', ...titles], ...rows], isFigure)];
}

/** More classes than this make a table that nobody reads; `--json` has them all. */
const MAX_CLASSES_SHOWN = 20;

function renderClasses({ test, classNames }: Report, width: number): string[] {
  const confusion = test?.confusion;
  if (confusion === undefined) return [];
  if (confusion.length > MAX_CLASSES_SHOWN)
    return ['', `the confusion matrix of ${confusion.length} classes is in what --json prints`];
  const name = (index: number): string => (classNames[index] ?? String(index)).slice(0, 12);
  const header = ['test: true \\ predicted', ...confusion.map((_, index) => name(index)), 'recall'];
  const rows = confusion.map((row, index) => [name(index), ...row.map(String), share(row[index], sum(row))]);
  const precision = confusion.map((row, index) => share(row[index], sum(confusion.map((other) => other[index] ?? 0))));
  return ['', ...renderFittingTable([header, ...rows, ['precision', ...precision, '']], isFigure, { last: 1, width })];
}

/** The first column is aligned left, the others right. */
function isFigure(column: number): boolean {
  return column > 0;
}

function withoutConfusion(metrics: SplitMetrics | null): SplitMetrics | null {
  if (metrics === null) return null;
  const { confusion: _confusion, ...others } = metrics;
  return others;
}

function share(part: number | undefined, whole: number): string {
  return whole === 0 ? '–' : ((part ?? 0) / whole).toFixed(2);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
