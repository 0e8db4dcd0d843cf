/** `lockstep job compare`: where two jobs' files differ, what came out, and their curves. Pure: two jobs in, a text out. */
import type { JobWithSpec } from '@lockstep/client';
import { metricsOf, type EpochMetrics, type JobState, type SplitMetrics } from '@lockstep/core';
import { clock, decimal, grouped } from '../output/numbers.js';
import { rangeOf, renderSparkline } from '../output/sparkline.js';
import { renderTable } from '../output/table.js';

/** Of both jobs, the first one first. */
type Pair<T> = readonly [T, T];

export interface Comparison {
  readonly jobs: Pair<ComparedJob>;
  /** Settings of the job file that are not the same; undefined where one of them does not have it. */
  readonly differences: readonly { readonly path: string; readonly values: Pair<unknown> }[];
  /** Null while one of them has no weights yet. */
  readonly sameWeights: boolean | null;
  /** What came out at the end, by split and metric: `test accuracy`. */
  readonly metrics: Readonly<Record<string, Pair<number | null>>>;
  /** A value an epoch, by split and metric: `validation loss`. */
  readonly curves: Readonly<Record<string, Pair<readonly number[]>>>;
}

export interface ComparedJob {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly weightsSha256: string | null;
  readonly steps: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly parameters: number;
}

export function compareJobs(a: JobWithSpec, b: JobWithSpec): Comparison {
  const pair: Pair<JobWithSpec> = [a, b];
  return {
    jobs: [compared(a), compared(b)],
    differences: specDifferences(a.spec, b.spec),
    sameWeights: a.weightsSha256 === null || b.weightsSha256 === null ? null : a.weightsSha256 === b.weightsSha256,
    metrics: byName(pair, finalMetrics, (metrics, name) => metrics.get(name) ?? null),
    curves: byName(pair, curvesOf, (curves, name) => curves.get(name) ?? []),
  };
}

function compared(job: JobWithSpec): ComparedJob {
  const { id, name, state, weightsSha256, steps, epochs, seconds, samplesPerSecond, parameters } = job;
  return { id, name, state, weightsSha256, steps, epochs, seconds, samplesPerSecond, parameters };
}

function byName<M, T>(
  [a, b]: Pair<JobWithSpec>,
  collect: (job: JobWithSpec) => ReadonlyMap<string, M>,
  pick: (all: ReadonlyMap<string, M>, name: string) => T,
): Record<string, Pair<T>> {
  const [ofA, ofB] = [collect(a), collect(b)];
  const names = [...new Set([...ofA.keys(), ...ofB.keys()])];
  return Object.fromEntries(names.map((name) => [name, [pick(ofA, name), pick(ofB, name)]]));
}

function finalMetrics(job: JobWithSpec): Map<string, number> {
  const splits = ['train', 'validation', 'test'] as const;
  return new Map(splits.flatMap((split) => numbersOf(split, job[split])));
}

function curvesOf({ history }: { readonly history: readonly EpochMetrics[] }): Map<string, number[]> {
  const curves = new Map<string, number[]>();
  for (const { train, validation } of history) {
    for (const [name, value] of [...numbersOf('train', train), ...numbersOf('validation', validation)]) {
      const curve = curves.get(name) ?? [];
      curves.set(name, curve);
      curve.push(value);
    }
  }
  return curves;
}

/** One that is not finite takes its place in the curve too, as NaN. */
function numbersOf(split: string, metrics: SplitMetrics | null | undefined): [string, number][] {
  return metricsOf(metrics).map(({ title, value }) => [`${split} ${title}`, value ?? Number.NaN]);
}

function specDifferences(a: unknown, b: unknown): Comparison['differences'] {
  const [inA, inB] = [leaves(a), leaves(b)];
  return [...new Set([...inA.keys(), ...inB.keys()])]
    .filter((path) => JSON.stringify(inA.get(path)) !== JSON.stringify(inB.get(path)))
    .map((path) => ({ path, values: [inA.get(path), inB.get(path)] }));
}

/** Every value of a job file by its path; what is empty counts as a value. */
function leaves(value: unknown, path = ''): Map<string, unknown> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return new Map(value === undefined ? [] : [[path, value]]);
  const child = (key: string): string =>
    Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
  return new Map(entries.flatMap(([key, item]) => [...leaves(item, child(key))]));
}

export function renderComparison({ jobs, differences, sameWeights, metrics, curves }: Comparison): string {
  const row = (title: string, show: (job: ComparedJob) => string): string[] => [title, ...jobs.map(show)];
  const rows = [
    row('', ({ id }) => id),
    row('name', ({ name }) => name),
    row('state', ({ state }) => state),
    row('steps', ({ steps, epochs }) => `${grouped(steps)} in ${epochs} epochs`),
    row('time', ({ seconds }) => (seconds > 0 ? clock(seconds) : '–')),
    row('samples/s', ({ samplesPerSecond }) => (samplesPerSecond > 0 ? grouped(samplesPerSecond) : '–')),
    row('parameters', ({ parameters }) => grouped(parameters)),
    ...Object.entries(metrics).map(([name, values]) => [name, ...values.map((value) => figure(value ?? undefined))]),
    row('weights', ({ weightsSha256 }) => weightsSha256?.slice(0, 12) ?? '–'),
  ];
  return [
    ...renderTable(rows, () => false),
    ...(sameWeights === null ? [] : [sameWeights ? 'the weights are the same, bit by bit' : 'the weights differ']),
    '',
    ...renderDifferences(differences),
    ...renderCurves(curves),
  ].join('\n');
}

function renderDifferences(differences: Comparison['differences']): string[] {
  if (differences.length === 0) return ['the job files are the same'];
  const rows = differences.map(({ path, values }) => [path, ...values.map(setting)]);
  return ['settings that differ', ...renderTable(rows, () => false).map((line) => `  ${line}`)];
}

function renderCurves(curves: Comparison['curves']): string[] {
  const rows = Object.entries(curves).flatMap(([name, pair]) => {
    const range = rangeOf(pair.flat());
    if (range === undefined) return [];
    return pair.map((values, index) => [
      index === 0 ? name : '',
      renderSparkline(values, range),
      values.length === 0 ? '–' : `${figure(values[0])} → ${figure(values.at(-1))}`,
    ]);
  });
  return rows.length === 0
    ? []
    : ['', 'curves by epoch, the first job above', ...renderTable(rows, () => false).map((line) => `  ${line}`)];
}

function setting(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function figure(value: number | undefined): string {
  return value === undefined ? '–' : decimal(value);
}
