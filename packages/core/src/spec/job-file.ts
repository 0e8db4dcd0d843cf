/**
 * The job file: what a person writes, as one strict schema. It is the source of the published JSON Schema, of the types
 * and of the defaults. What needs the dataset or the model as well is checked in `plan-job.ts`.
 */
import { z } from 'zod';
import { layerSchema } from '../model/registry.js';
import { optimizerSchema } from './optimizer-spec.js';

export const MAX_LAYERS = 1000;
const MAX_SEED = Number.MAX_SAFE_INTEGER;

export const TASKS = ['multiclass', 'autoencoder'] as const;
export type Task = (typeof TASKS)[number];
const ANNOUNCED_TASKS: readonly unknown[] = ['binary', 'multilabel', 'regression', 'rbm'];

export const LOSSES = ['crossentropy', 'meanSquaredError', 'meanAbsoluteError'] as const;
export type Loss = (typeof LOSSES)[number];

const task = z.enum(TASKS, {
  error: ({ input }) =>
    ANNOUNCED_TASKS.includes(input) ? `'${String(input)}' is not available yet; use ${TASKS.join(' or ')}` : undefined,
});

/** `<dataset>/<split>`. */
const splitReference = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}\/[a-z0-9-]{1,32}$/, 'must be <dataset>/<split>, such as mnist/train');

const data = z.strictObject({
  train: splitReference.describe('The split to train on, such as mnist/train'),
  validation: z
    .union([z.number().min(0).max(0.9), splitReference])
    .default(0.1)
    .describe('A share of the training samples to hold out, or a split of its own'),
  test: splitReference.optional().describe('The split to test on at the end'),
});

const model = z.strictObject({ layers: z.array(layerSchema).min(1).max(MAX_LAYERS) });

const training = z.strictObject({
  epochs: z.number().int().min(1).max(1_000_000_000).default(5),
  batchSize: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .default(128)
    .describe('Samples a step, over all workers'),
  seed: z.number().int().min(0).max(MAX_SEED).default(0).describe('All randomness of the job comes from it'),
  loss: z.enum(LOSSES).optional().describe('By default crossentropy for multiclass, else meanSquaredError'),
  sliceSize: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional()
    .describe('Samples that one thread computes at a time; part of what the bits of the result depend on'),
  optimizer: optimizerSchema.default({ type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }),
});

const cluster = z.strictObject({
  minWorkers: z.number().int().min(1).max(10_000).default(1).describe('Below this many workers the job waits'),
});

export const jobFileSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes and underscores'),
  task,
  data,
  model,
  training: training.prefault({}),
  cluster: cluster.prefault({}),
});

/** What a person writes. */
export type JobFile = z.input<typeof jobFileSchema>;

type ParsedJobFile = z.output<typeof jobFileSchema>;
export type TrainingSection = ParsedJobFile['training'];

/** The job with every default filled in, except the slice size: its default needs the model and is in the plan. */
export type JobSpec = Omit<ParsedJobFile, 'training'> & {
  training: Omit<TrainingSection, 'loss'> & { loss: Loss };
};

export function defaultLoss(task: Task): Loss {
  return task === 'multiclass' ? 'crossentropy' : 'meanSquaredError';
}

export function jobSpecOf(file: ParsedJobFile): JobSpec {
  return { ...file, training: { ...file.training, loss: file.training.loss ?? defaultLoss(file.task) } };
}

/** JSON Schema (draft 2020-12) of the job file, for editors and for the published documentation. */
export function jobFileJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(jobFileSchema, { io: 'input', target: 'draft-2020-12' }) };
}
