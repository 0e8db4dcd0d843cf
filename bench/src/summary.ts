/** Medians and spread over the rounds, and the ratios that the product is judged by. */
import { cpus } from 'node:os';
import type { ModelName } from './workload.js';

export interface Measured {
  readonly model: ModelName;
  readonly batchSize: number;
  /** All in samples a second. */
  readonly limit: number;
  /** The messages of two workers alone, with nothing computed. */
  readonly messages: number;
  readonly cluster2x1: number;
  readonly cluster1x2: number;
  readonly modelFit: number;
}

const VARIANTS = ['limit', 'messages', 'cluster2x1', 'cluster1x2', 'modelFit'] as const;
type Variant = (typeof VARIANTS)[number];

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface SummaryRow {
  readonly model: ModelName;
  readonly batchSize: number;
  readonly samplesPerSecond: Readonly<Record<Variant, Spread>>;
  /** Medians of the rounds' ratios. */
  readonly ratios: {
    readonly cluster2x1ToLimit: Spread;
    readonly cluster1x2ToLimit: Spread;
    /** To what is left when a step is its graphs and its messages, one after the other, and nothing else. */
    readonly cluster2x1ToBound: Spread;
    readonly cluster2x1ToModelFit: Spread;
  };
}

export interface Summary {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly rounds: number;
  readonly rows: readonly SummaryRow[];
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return { median: (low + high) / 2, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

function row(measured: readonly Measured[], { model, batchSize }: Measured): SummaryRow {
  const rounds = measured.filter((round) => round.model === model && round.batchSize === batchSize);
  const of = (value: (round: Measured) => number) => spread(rounds.map(value));
  return {
    model,
    batchSize,
    samplesPerSecond: {
      limit: of((round) => round.limit),
      messages: of((round) => round.messages),
      cluster2x1: of((round) => round.cluster2x1),
      cluster1x2: of((round) => round.cluster1x2),
      modelFit: of((round) => round.modelFit),
    },
    ratios: {
      cluster2x1ToLimit: of((round) => round.cluster2x1 / round.limit),
      cluster1x2ToLimit: of((round) => round.cluster1x2 / round.limit),
      cluster2x1ToBound: of((round) => round.cluster2x1 * (1 / round.limit + 1 / round.messages)),
      cluster2x1ToModelFit: of((round) => round.cluster2x1 / round.modelFit),
    },
  };
}

export function summarise(measured: readonly Measured[]): Summary {
  const rows = new Map(measured.map((round) => [`${round.model}-${String(round.batchSize)}`, round]));
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    rounds: measured.length / Math.max(1, rows.size),
    rows: [...rows.values()].map((first) => row(measured, first)),
  };
}

const HEADINGS: Readonly<Record<Variant, string>> = {
  limit: 'limit: graphs on 2 threads',
  messages: 'messages alone, 2 workers',
  cluster2x1: '2 workers x 1 thread',
  cluster1x2: '1 worker x 2 threads',
  modelFit: 'tfjs-node model.fit',
};

function figures({ median, min, max }: Spread, digits: number): string {
  const format = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${format(median)} (${format(min)} to ${format(max)})`;
}

/** A table for people: median (smallest to largest) over the rounds. */
export function renderTable({ node, cpu, cores, rounds, rows }: Summary): string {
  const lines = [`Node ${node}, ${String(cores)} cores, ${cpu}; samples/s over ${String(rounds)} rounds`, ''];
  for (const { model, batchSize, samplesPerSecond, ratios } of rows) {
    lines.push(`${model}, global batch ${String(batchSize)}`);
    for (const variant of VARIANTS)
      lines.push(`  ${HEADINGS[variant].padEnd(30)}${figures(samplesPerSecond[variant], 0)}`);
    lines.push(`  ${'2 x 1 / limit'.padEnd(30)}${figures(ratios.cluster2x1ToLimit, 2)}`);
    lines.push(`  ${'1 x 2 / limit'.padEnd(30)}${figures(ratios.cluster1x2ToLimit, 2)}`);
    lines.push(`  ${'2 x 1 / graphs and messages'.padEnd(30)}${figures(ratios.cluster2x1ToBound, 2)}`);
    lines.push(`  ${'2 x 1 / model.fit'.padEnd(30)}${figures(ratios.cluster2x1ToModelFit, 2)}`, '');
  }
  return lines.join('\n');
}
