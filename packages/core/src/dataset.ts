/**
 * What a dataset is: a manifest that names content-addressed shards. A shard is a safetensors file with the tensors
 * `x` (count x features) and `y`, so that any safetensors reader can look into it. With classes `y` is the class numbers
 * (I32 [count]), with values the targets (F32 [count, number of names]).
 *
 * A version of a dataset never changes. The service numbers versions; the content's hash says whether two are equal.
 */
import { z } from 'zod';
import { sha256Of } from './data/sha256.js';
import { LockstepError } from './errors.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 40);
const label = z.string().min(1).max(200);
const MAX_AXIS = 65_536;
const MAX_SAMPLE_VALUES = 2 ** 24;
const MAX_VERSION = 1_000_000;

export const datasetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, dot, dash and underscore');
export const splitName = z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and dash');
export const datasetVersion = z.number().int().min(1).max(MAX_VERSION);

const SPLIT_REFERENCE = /^([a-z0-9][a-z0-9._-]{0,63})(?:@([1-9][0-9]{0,5}))?\/([a-z0-9-]{1,32})$/;

/** `<dataset>/<split>` for the newest version, `<dataset>@<version>/<split>` for a certain one. */
export const splitReferenceSchema = z
  .string()
  .regex(SPLIT_REFERENCE, 'must be <dataset>/<split> or <dataset>@<version>/<split>, such as mnist/train');

export interface SplitAddress {
  readonly dataset: string;
  /** Absent: the newest. */
  readonly version?: number;
  readonly split: string;
}

/** @throws LockstepError INVALID_OPTION for what `splitReferenceSchema` refuses */
export function parseSplitReference(reference: string): SplitAddress {
  const [, dataset = '', version, split = ''] = SPLIT_REFERENCE.exec(reference) ?? [];
  if (dataset === '') {
    throw new LockstepError('INVALID_OPTION', `${JSON.stringify(reference.slice(0, 120))} names no split`, {
      hint: 'Write <dataset>/<split>, such as mnist/train, or <dataset>@<version>/<split>.',
    });
  }
  return { dataset, ...(version === undefined ? {} : { version: Number(version) }), split };
}

export const shardSchema = z.strictObject({ sha256, bytes: count, count: count.min(1) });
export const splitSchema = z.strictObject({
  /** Samples in the split: the sum of its shards' counts. */
  count,
  /** In order; all but the last hold `rowsPerShard` samples. */
  shards: z.array(shardSchema).max(100_000),
});

/** One number for all values, or one for each element of the last axis of a sample. */
const perElement = z.union([z.number(), z.array(z.number()).min(1).max(MAX_AXIS)]);

const featuresSchema = z
  .strictObject({
    /** Of one sample, such as [28, 28, 1]. */
    shape: z.array(z.number().int().min(1).max(MAX_AXIS)).min(1).max(4),
    dtype: z.enum(['uint8', 'float32']),
    /** The graph computes (x - offset) * scale in float32. */
    offset: perElement,
    scale: perElement,
    /** Of the elements of the last axis. */
    names: z.array(label).max(MAX_AXIS).optional(),
  })
  .superRefine(({ shape, offset, scale, names }, context) => {
    const last = shape.at(-1);
    for (const [key, value] of Object.entries({ offset, scale, names })) {
      if (!Array.isArray(value) || value.length === last) continue;
      context.addIssue({ code: 'custom', path: [key], message: `must have ${last ?? 0} elements, as the last axis` });
    }
    if (shape.reduce((product, size) => product * size, 1) > MAX_SAMPLE_VALUES) {
      context.addIssue({
        code: 'custom',
        path: ['shape'],
        message: `a sample has more than ${MAX_SAMPLE_VALUES} values`,
      });
    }
  });

const labelsSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('classes'), classNames: z.array(label).min(2).max(65_536) }),
  z.strictObject({ kind: z.literal('values'), names: z.array(label).min(1).max(4096) }),
]);

/**
 * How a column of a table becomes features, in the order of the columns: a number gives one, a category one for each
 * of `categories`, of which the one it is becomes 1. `fill` stands for what is missing; without it nothing may be.
 */
const columnSchema = z.discriminatedUnion('kind', [
  z.strictObject({ name: label, kind: z.literal('numeric'), fill: z.number().optional() }),
  z.strictObject({
    name: label,
    kind: z.literal('categorical'),
    categories: z.array(label).min(1).max(10_000),
    /** A category, or '' for none of them: all zeros. */
    fill: z.string().max(200).optional(),
  }),
]);

const targetSchema = z.strictObject({
  mean: z.number(),
  deviation: z.number(),
  minimum: z.number(),
  maximum: z.number(),
});

const statisticsSchema = z.strictObject({
  /** By split: samples of each class, in the order of the class names. */
  classCounts: z.record(splitName, z.array(count)).optional(),
  /** Of each target in the training split. */
  targets: z.array(targetSchema).optional(),
  /** By column: values that were missing and filled. */
  filled: z.record(z.string(), count).optional(),
  /** Rows left out because a value was missing. */
  dropped: count.optional(),
});

export const datasetManifestSchema = z.strictObject({
  name: datasetName,
  /** Given by the service; what a client writes here is not looked at. */
  version: datasetVersion.default(1),
  features: featuresSchema,
  labels: labelsSchema,
  rowsPerShard: z
    .number()
    .int()
    .min(1)
    .max(2 ** 24),
  splits: z.record(splitName, splitSchema),
  /** Where the data comes from and its licence, for people. */
  source: z.string().max(1000),
  /** When the service took it in, such as 2026-01-31T12:00:00.000Z; given by the service. */
  createdAt: z.iso.datetime().optional(),
  statistics: statisticsSchema.optional(),
  /** Of a dataset that was a table: what a row must hold to be predicted. */
  columns: z.array(columnSchema).max(MAX_AXIS).optional(),
  /** Of a dataset that was pictures: what a picture is resized to. 1 channel is grey, 3 are red, green and blue. */
  image: z
    .strictObject({
      height: z.number().int().min(1).max(MAX_AXIS),
      width: z.number().int().min(1).max(MAX_AXIS),
      channels: z.union([z.literal(1), z.literal(3)]),
    })
    .optional(),
});

const previewSampleSchema = z.object({
  /** Within the split, from 0. */
  number: count,
  /** The name of its class, or its targets. */
  label: z.union([z.string(), z.array(z.number())]),
  /** Of a table: a cell a column; null where a category is none of the known ones. */
  row: z.array(z.union([z.number(), z.string(), z.null()])).optional(),
  /** Of pictures: a PNG as a data URL. */
  picture: z.string().optional(),
  /** Of everything else: the values in row-major order, the first thousand at most. */
  values: z.array(z.number()).optional(),
});

/** Some samples of a split, for people. */
export const datasetPreviewSchema = z.object({
  name: datasetName,
  version: datasetVersion,
  split: splitName,
  /** Of one sample. */
  shape: z.array(z.number().int()),
  /** Of the cells of a row. */
  columns: z.array(z.string()).optional(),
  /** Of the targets. */
  targets: z.array(z.string()).optional(),
  samples: z.array(previewSampleSchema),
});
export type DatasetPreview = z.infer<typeof datasetPreviewSchema>;

export type DatasetManifest = z.output<typeof datasetManifestSchema>;
/** As a client may write it: without what the service gives. */
export type DatasetManifestInput = z.input<typeof datasetManifestSchema>;
export type DatasetSplit = z.infer<typeof splitSchema>;
export type DatasetShard = z.infer<typeof shardSchema>;
export type DatasetLabels = z.infer<typeof labelsSchema>;
export type DatasetColumn = z.infer<typeof columnSchema>;
export type DatasetStatistics = z.infer<typeof statisticsSchema>;

/**
 * SHA-256 of the content: of the manifest in canonical JSON (keys sorted, no spaces) without name, version and
 * creation time. Equal hashes mean equal samples in equal order, with equal normalisation and labels.
 */
export function manifestSha256(manifest: DatasetManifestInput): string {
  const { name: _name, version: _version, createdAt: _createdAt, ...content } = manifest;
  return sha256Of(new TextEncoder().encode(canonicalJson(content)));
}

/** Equal for equal values, whatever the order of their keys. */
function canonicalJson(root: unknown): string {
  return JSON.stringify(root, (_key, value: unknown) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
