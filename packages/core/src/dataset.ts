/**
 * What a dataset is: a manifest that names content-addressed shards. A shard is a safetensors file with the tensors
 * `x` (count x features) and `y` (count, class numbers), so that any safetensors reader can look into it.
 */
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 40);

export const datasetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, dot, dash and underscore');

export const shardSchema = z.strictObject({ sha256, bytes: count, count: count.min(1) });
export const splitSchema = z.strictObject({
  /** Samples in the split: the sum of its shards' counts. */
  count,
  /** In order; all but the last hold `rowsPerShard` samples. */
  shards: z.array(shardSchema).max(100_000),
});

export const datasetManifestSchema = z.strictObject({
  name: datasetName,
  features: z.strictObject({
    /** Of one sample, such as [28, 28, 1]. */
    shape: z.array(z.number().int().min(1).max(65_536)).min(1).max(4),
    dtype: z.enum(['uint8', 'float32']),
    /** The graph computes (x - offset) * scale in float32. */
    offset: z.number(),
    scale: z.number(),
  }),
  labels: z.strictObject({
    kind: z.literal('classes'),
    classNames: z.array(z.string().min(1).max(200)).min(2).max(65_536),
  }),
  rowsPerShard: z
    .number()
    .int()
    .min(1)
    .max(2 ** 24),
  splits: z.record(z.string().regex(/^[a-z0-9-]{1,32}$/), splitSchema),
  /** Where the data comes from and its licence, for people. */
  source: z.string().max(1000),
});

export type DatasetManifest = z.infer<typeof datasetManifestSchema>;
export type DatasetSplit = z.infer<typeof splitSchema>;
export type DatasetShard = z.infer<typeof shardSchema>;
