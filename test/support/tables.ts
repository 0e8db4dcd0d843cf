/** Small tables whose answers are known: datasets as an import of CSV makes them, for tests with a real cluster. */
import { createHash } from 'node:crypto';
import type { LockstepClient } from '@lockstep/client';
import { randomStream, writeSafetensors, type DatasetManifest, type RandomStream } from '@lockstep/core';

const COLUMNS = 4;
const ROWS_PER_SHARD = 100;
/** Columns of different size, as ages and incomes are: mean and deviation. */
const MEANS = [40, 30_000, 0.002, -7];
const DEVIATIONS = [12, 9000, 0.0005, 3];

interface TableFiles {
  readonly manifest: DatasetManifest;
  /** By their hash. */
  readonly shards: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export async function importTable(client: LockstepClient, { manifest, shards }: TableFiles): Promise<void> {
  for (const [sha256, bytes] of shards) await client.datasets.uploadShard(manifest.name, sha256, bytes);
  await client.datasets.put(manifest);
}

interface Row {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** One in four rows is of the second class: those whose weighted sum of columns is large. */
export function binaryTable(): TableFiles {
  const row = (stream: RandomStream): Row => {
    const z = normalised(stream);
    return { x: raw(z), y: [weighted(z) > 0.42 ? 1 : 0] };
  };
  return table('risk', { kind: 'classes', classNames: ['healthy', 'ill'] }, row);
}

/** Two values that follow from the columns and are far from 0. */
export function regressionTable(): TableFiles {
  const row = (stream: RandomStream): Row => {
    const z = normalised(stream);
    return { x: raw(z), y: [1990 + 3 * weighted(z), 2000 + (z[0] ?? 0) * (z[1] ?? 0)] };
  };
  return table('houses', { kind: 'values', names: ['built', 'renovated'] }, row);
}

/** Of each column, from -1.7 to 1.7, evenly. */
function normalised(stream: RandomStream): number[] {
  return Array.from({ length: COLUMNS }, () => 3.4 * stream.nextUniform() - 1.7);
}

function raw(z: readonly number[]): number[] {
  return z.map((value, column) => (MEANS[column] ?? 0) + value * (DEVIATIONS[column] ?? 1));
}

function weighted(z: readonly number[]): number {
  return [0.5, -0.3, 0.2, 0.1].reduce((sum, factor, column) => sum + factor * (z[column] ?? 0), 0);
}

function table(name: string, labels: DatasetManifest['labels'], row: (stream: RandomStream) => Row): TableFiles {
  const stream = randomStream(1, 'dataset-split');
  const rows = (count: number): Row[] => Array.from({ length: count }, () => row(stream));
  const splits = { train: rows(1000), test: rows(250) };
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  const stored = Object.entries(splits).map(([split, all]) => [split, storeSplit(all, labels, shards)]);
  const manifest: DatasetManifest = {
    ...{ name, version: 1, labels, rowsPerShard: ROWS_PER_SHARD, source: 'made up' },
    features: {
      shape: [COLUMNS],
      dtype: 'float32',
      offset: MEANS,
      scale: DEVIATIONS.map((deviation) => 1 / deviation),
    },
    splits: Object.fromEntries(stored) as DatasetManifest['splits'],
    statistics: statisticsOf(splits, labels),
  };
  return { manifest, shards };
}

function storeSplit(
  rows: readonly Row[],
  labels: DatasetManifest['labels'],
  shards: Map<string, Uint8Array<ArrayBuffer>>,
): DatasetManifest['splits'][string] {
  const parts = Array.from({ length: Math.ceil(rows.length / ROWS_PER_SHARD) }, (_, part) => {
    const chosen = rows.slice(part * ROWS_PER_SHARD, (part + 1) * ROWS_PER_SHARD);
    const x = Float32Array.from(chosen.flatMap((row) => row.x));
    const y = chosen.flatMap((row) => row.y);
    const bytes = writeSafetensors([
      ['x', { dtype: 'F32', shape: [chosen.length, COLUMNS], data: x }],
      labels.kind === 'classes'
        ? ['y', { dtype: 'I32', shape: [chosen.length], data: Int32Array.from(y) }]
        : ['y', { dtype: 'F32', shape: [chosen.length, labels.names.length], data: Float32Array.from(y) }],
    ]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    shards.set(sha256, bytes);
    return { sha256, bytes: bytes.length, count: chosen.length };
  });
  return { count: rows.length, shards: parts };
}

function statisticsOf(
  splits: Readonly<Record<string, readonly Row[]>>,
  labels: DatasetManifest['labels'],
): NonNullable<DatasetManifest['statistics']> {
  if (labels.kind === 'classes') {
    const counts = (rows: readonly Row[]) => labels.classNames.map((_, c) => rows.filter(({ y }) => y[0] === c).length);
    return { classCounts: Object.fromEntries(Object.entries(splits).map(([split, rows]) => [split, counts(rows)])) };
  }
  const rows = splits.train ?? [];
  return {
    targets: labels.names.map((_, index) => {
      const values = rows.map(({ y }) => y[index] ?? 0);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      const deviation = Math.sqrt(variance);
      return { mean, deviation, minimum: Math.min(...values), maximum: Math.max(...values) };
    }),
  };
}
