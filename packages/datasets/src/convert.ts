/** From a source to shards and their manifest, in constant memory: one pass over the samples. */
import {
  columnFeatureNames,
  columnWidth,
  datasetManifestSchema,
  type DatasetManifest,
  type DatasetSplit,
  type DatasetStatistics,
} from '@lockstep/core';
import { rowsPerShard, ShardWriter, type ShardSink } from './shard-writer.js';
import { invalidData, requireClasses, type Sample, type Source, type SourcePart } from './source.js';
import { splitRows, TRAIN, type SplitShare } from './split-rows.js';
import { RunningStatistics } from './statistics.js';

/** `standard`: mean 0 and deviation 1; `unit`: 0 to 1; `none`: as they are. By the training split alone. */
export const NORMALISATIONS = ['standard', 'unit', 'none'] as const;
export type Normalisation = (typeof NORMALISATIONS)[number];

export interface ConvertOptions {
  readonly name: string;
  /** Where the data comes from and its licence. */
  readonly source: string;
  /** How samples that belong to no split yet are dealt out; the rest is for training. */
  readonly shares: readonly SplitShare[];
  readonly seed: number;
  /** By default `unit` for bytes and `standard` for everything else. */
  readonly normalisation?: Normalisation;
  readonly onProgress?: (samples: number, total: number) => void;
}

/** Splits whose samples are counted and measured as they pass. */
class Writing {
  readonly writers = new Map<string, ShardWriter>();
  readonly classCounts = new Map<string, number[]>();
  readonly features: RunningStatistics;
  readonly targets: RunningStatistics | undefined;
  readonly rows: number;
  readonly #source: Source;
  readonly #sink: ShardSink;
  readonly #measured: string;

  /** @param measured the split whose statistics normalise all */
  constructor(source: Source, sink: ShardSink, measured: string) {
    const { shape, dtype, labels } = source;
    this.#source = source;
    this.#sink = sink;
    this.#measured = measured;
    this.features = new RunningStatistics(shape.at(-1) ?? 1);
    this.targets = labels.kind === 'values' ? new RunningStatistics(labels.names.length) : undefined;
    this.rows = rowsPerShard(shape, dtype, labels.kind === 'values' ? labels.names.length : 1);
  }

  async add(split: string, sample: Sample): Promise<void> {
    if (typeof sample.y === 'number') {
      const counts = this.#countsOf(split);
      counts[sample.y] = (counts[sample.y] ?? 0) + 1;
    }
    if (split === this.#measured) {
      this.features.add(sample.x);
      if (typeof sample.y !== 'number') this.targets?.add(sample.y);
    }
    await this.writer(split).add(sample);
  }

  writer(split: string): ShardWriter {
    const { shape, dtype, labels } = this.#source;
    const targets = labels.kind === 'values' ? labels.names.length : undefined;
    const known = this.writers.get(split);
    if (known !== undefined) return known;
    const writer = new ShardWriter({ shape, dtype, targets, rowsPerShard: this.rows }, this.#sink);
    this.writers.set(split, writer);
    return writer;
  }

  #countsOf(split: string): number[] {
    const { labels } = this.#source;
    const known = this.classCounts.get(split);
    if (known !== undefined || labels.kind !== 'classes') return known ?? [];
    const counts = Array<number>(labels.classNames.length).fill(0);
    this.classCounts.set(split, counts);
    return counts;
  }
}

/**
 * Samples keep the order of their files within a split: training shuffles them anew in every epoch anyway.
 * @throws LockstepError INVALID_DATASET
 */
export async function convert(source: Source, options: ConvertOptions, sink: ShardSink): Promise<DatasetManifest> {
  try {
    return await write(source, options, sink);
  } finally {
    source.close?.();
  }
}

async function write(source: Source, options: ConvertOptions, sink: ShardSink): Promise<DatasetManifest> {
  const names = splitNames(source, options.shares);
  const writing = new Writing(source, sink, names.includes(TRAIN) ? TRAIN : (names[0] ?? TRAIN));
  const total = source.parts.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  const step = () => options.onProgress?.((done += 1), total);
  for (const part of source.parts) await writePart(part, writing, options, step);
  const splits: Record<string, DatasetSplit> = {};
  for (const split of names) splits[split] = await writing.writer(split).end();
  if (source.labels.kind === 'classes') requireClasses(writing.classCounts.get(names[0] ?? '') ?? [], 'the dataset');
  return datasetManifestSchema.parse(manifestOf(source, options, writing, splits));
}

async function writePart(
  part: SourcePart,
  writing: Writing,
  { shares, seed }: ConvertOptions,
  step: () => void,
): Promise<void> {
  const splitOf = part.split === undefined ? splitRows(part.classCounts, shares, seed) : undefined;
  for await (const sample of part.samples()) {
    const split = part.split ?? splitOf?.(typeof sample.y === 'number' ? sample.y : 0) ?? TRAIN;
    await writing.add(split, sample);
    step();
  }
}

/** Those that were given and those that are dealt out, training first. */
function splitNames({ parts }: Source, shares: readonly SplitShare[]): string[] {
  const given = parts.flatMap(({ split }) => (split === undefined ? [] : [split]));
  const dealt = parts.some(({ split }) => split === undefined) ? [TRAIN, ...shares.map(({ split }) => split)] : [];
  const twice = given.find((split, index) => given.indexOf(split) < index || dealt.includes(split));
  if (twice !== undefined) throw invalidData(`the split ${twice} is given twice`);
  return [...dealt, ...given].sort((a, b) => Number(b === TRAIN) - Number(a === TRAIN));
}

function manifestOf(
  source: Source,
  { name, source: text, normalisation }: ConvertOptions,
  writing: Writing,
  splits: Record<string, DatasetSplit>,
) {
  const { shape, dtype, labels, columns, image } = source;
  const wished = normalisation ?? (dtype === 'uint8' ? 'unit' : 'standard');
  return {
    name,
    version: 1,
    features: {
      shape: [...shape],
      dtype,
      ...scaling(wished, source, writing.features),
      ...(columns === undefined ? {} : { names: columnFeatureNames(columns) }),
    },
    labels,
    rowsPerShard: writing.rows,
    splits,
    source: text,
    statistics: statisticsOf(source, writing),
    ...(columns === undefined ? {} : { columns }),
    ...(image === undefined ? {} : { image }),
  };
}

/** One pair for all where one says everything, else one a column; what is 0 or 1 already stays so. */
function scaling(
  wished: Normalisation,
  { dtype, columns, shape }: Source,
  measured: RunningStatistics,
): { offset: number | number[]; scale: number | number[] } {
  if (wished === 'none') return { offset: 0, scale: 1 };
  if (dtype === 'uint8' && wished === 'unit') return { offset: 0, scale: 1 / 255 };
  const coded = columns?.flatMap((column) => Array<boolean>(columnWidth(column)).fill(column.kind !== 'numeric'));
  const pairs = Array.from({ length: shape.at(-1) ?? 1 }, (_, index) => {
    if (coded?.[index] === true || measured.count === 0) return { offset: 0, scale: 1 };
    const low = wished === 'unit' ? measured.minimum(index) : measured.mean(index);
    const spread = wished === 'unit' ? measured.maximum(index) - low : measured.deviation(index);
    return { offset: low, scale: inverse(spread, low) };
  });
  const [only] = pairs;
  if (pairs.length === 1 && only !== undefined) return only;
  return { offset: pairs.map(({ offset }) => offset), scale: pairs.map(({ scale }) => scale) };
}

/** 1 for a column that does not vary: float32 would make noise of its last bits. */
function inverse(spread: number, at: number): number {
  return spread > Math.abs(at) * 2 ** -23 && Number.isFinite(Math.fround(1 / spread)) ? 1 / spread : 1;
}

function statisticsOf({ filled, dropped }: Source, { classCounts, targets }: Writing): DatasetStatistics {
  return {
    ...(targets === undefined ? { classCounts: Object.fromEntries(classCounts) } : {}),
    ...(targets === undefined || targets.count === 0
      ? {}
      : {
          targets: Array.from({ length: targets.series }, (_, index) => ({
            mean: targets.mean(index),
            deviation: targets.deviation(index),
            minimum: targets.minimum(index),
            maximum: targets.maximum(index),
          })),
        }),
    ...(filled === undefined || Object.keys(filled).length === 0 ? {} : { filled }),
    ...(dropped === undefined || dropped === 0 ? {} : { dropped }),
  };
}
