/**
 * What a stored model is: weights and files by their hashes, and everything that is needed to predict, to export and to
 * train on without the job or the dataset it came from. A model has a name and versions; an alias is a name of one.
 */
import { z } from 'zod';
import { datasetManifestSchema, datasetName } from './dataset.js';
import { layerSchema } from './model/registry.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const whole = z.number().int().min(0);
const positive = whole.min(1);
const number = z.union([z.number(), z.array(z.number()).readonly()]);
const texts = z.array(z.string().max(1000)).max(65_536).readonly();

/** As a job's name: the job that ends makes the next version of the model of its name. */
export const modelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes and underscores');

/** The alias that every model has: its newest version. */
export const LATEST = 'latest';

/** Not all digits, so that it cannot be taken for a version. */
export const modelAlias = z
  .string()
  .regex(/^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes, underscores');

/** What the outputs of a model are, and what turns the last layer's into them. */
export const modelOutputSchema = z.object({
  /** `probabilities` of the classes, `scores` of the classes that are none, `values` of a regression or a picture. */
  kind: z.enum(['probabilities', 'scores', 'values']),
  /** Applied to what the last layer gives. */
  activation: z.enum(['none', 'softmax', 'sigmoid']),
});
export type ModelOutput = Readonly<z.infer<typeof modelOutputSchema>>;

/** What one sample looks like; the same members as in a dataset's manifest. */
export const modelFeaturesSchema = z.object({
  shape: z.array(positive).min(1).max(8).readonly(),
  dtype: z.enum(['uint8', 'float32']),
  /** The graph computes (x - offset) * scale; an array has one a element of the last axis. */
  offset: number,
  scale: number,
  /** Of the features of a table. */
  names: texts.nullable(),
  /** How a row of a table becomes features; see the dataset's manifest. */
  columns: datasetManifestSchema.shape.columns.unwrap().nullable(),
  /** How a picture becomes features. */
  image: datasetManifestSchema.shape.image.unwrap().nullable(),
});
export type ModelFeatures = Readonly<z.infer<typeof modelFeaturesSchema>>;

export const modelFileSchema = z.object({ name: z.string(), sha256, bytes: whole });
export type ModelFileEntry = Readonly<z.infer<typeof modelFileSchema>>;

export const modelVersionSchema = z
  .object({
    name: modelName,
    /** Counts from 1; a version that was deleted is not used again. */
    version: positive,
    /** The job that trained it; null for an imported one. */
    job: z.string().nullable(),
    createdAt: z.string(),
    /** Of the job; null for an imported one. */
    task: z.string().nullable(),
    /** Each with its name. */
    layers: z.array(layerSchema).min(1).readonly(),
    features: modelFeaturesSchema,
    output: modelOutputSchema,
    /** In the order of the outputs; empty where there are none. */
    classNames: texts,
    /** Of a regression's values; empty where there are none. */
    labelNames: texts,
    /** By which its job weighed the loss, parallel to the class names; null where it did not. Older versions do not say. */
    classWeights: z.array(z.number().positive()).readonly().nullable().default(null),
    dataset: z.object({ name: datasetName, version: positive, sha256 }).readonly().nullable(),
    /** Of the job, at its end. */
    metrics: z.object({ train: z.unknown(), validation: z.unknown(), test: z.unknown() }).readonly().nullable(),
    /** The job file with its defaults; null for an imported one. */
    spec: z.unknown(),
    weightsSha256: sha256,
    parameters: whole,
    files: z.array(modelFileSchema).readonly(),
  })
  .meta({ id: 'ModelVersion' });
export type ModelVersion = Readonly<z.infer<typeof modelVersionSchema>>;

/** An element of GET /models. */
export const modelSummarySchema = z
  .object({
    name: modelName,
    latest: positive,
    versions: z.array(positive).readonly(),
    aliases: z.record(modelAlias, positive).readonly(),
  })
  .meta({ id: 'ModelSummary' });
export type ModelSummary = Readonly<z.infer<typeof modelSummarySchema>>;

/** A model's reference, `<name>`, `<name>/<version>` or `<name>/<alias>`, in its parts; `latest` where none is given. */
export interface ModelReference {
  readonly name: string;
  readonly version: number | string;
}

/** @returns undefined for what is no reference */
export function parseModelReference(text: string): ModelReference | undefined {
  const [name = '', version = LATEST, ...more] = text.split('/');
  if (more.length > 0 || !modelName.safeParse(name).success) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(version)) return { name, version: Number(version) };
  return modelAlias.safeParse(version).success ? { name, version } : undefined;
}

/** What a job keeps of a model that it starts from, so that its bits do not change when an alias does. */
export const pinnedModelSchema = z.object({ name: modelName, version: positive, weightsSha256: sha256 });
export type PinnedModel = Readonly<z.infer<typeof pinnedModelSchema>>;

const PINNED = /^([^/@]{1,64})\/([1-9][0-9]{0,8})@([0-9a-f]{64})$/;

/** `<name>/<version>@<SHA-256 of its weights>` */
export function formatPinnedModel({ name, version, weightsSha256 }: PinnedModel): string {
  return `${name}/${version}@${weightsSha256}`;
}

/** @returns undefined for a reference that is not pinned */
export function parsePinnedModel(text: string): PinnedModel | undefined {
  const [, name = '', version = '', weightsSha256 = ''] = PINNED.exec(text) ?? [];
  return name === '' ? undefined : { name, version: Number(version), weightsSha256 };
}

/** One sample's answer of POST /models/{name}/predict. */
export const predictionSchema = z
  .object({
    /** The most probable class. */
    class: z.string().exactOptional(),
    /** In the order of the class names. */
    probabilities: z.array(z.number()).readonly().exactOptional(),
    /** Outputs that are no probabilities, in the order of the labels' names. */
    values: z.array(z.number()).readonly().exactOptional(),
  })
  .meta({ id: 'Prediction' });
export type Prediction = Readonly<z.infer<typeof predictionSchema>>;
