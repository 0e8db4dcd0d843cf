/**
 * The job file: what a person writes, as one strict schema. It is the source of the published JSON Schema, of the types
 * and of the defaults. What needs the dataset or the model as well is checked in `plan-job.ts`.
 */
import { z } from 'zod';
import { splitReferenceSchema } from '../dataset.js';
import { layerSchema } from '../model/registry.js';
import { optimizerSchema } from './optimizer-spec.js';
import { classWeightsSchema, clipSchema, earlyStoppingSchema, scheduleSchema, stepCount } from './training-rules.js';

export const MAX_LAYERS = 1000;
const MAX_SEED = Number.MAX_SAFE_INTEGER;

export const TASKS = ['multiclass', 'binary', 'regression', 'autoencoder'] as const;
export type Task = (typeof TASKS)[number];
const ANNOUNCED_TASKS: readonly unknown[] = ['multilabel', 'rbm'];

export const LOSSES = ['crossentropy', 'binaryCrossentropy', 'meanSquaredError', 'meanAbsoluteError'] as const;
export type Loss = (typeof LOSSES)[number];

const task = z.enum(TASKS, {
  error: ({ input }) =>
    ANNOUNCED_TASKS.includes(input)
      ? `'${String(input)}' is not available yet; use one of ${TASKS.join(', ')}`
      : undefined,
});

/** `<model>/<version>`, or an alias or `latest` for the version; a stored job has `<model>/<version>@<weights' SHA-256>`. */
const modelReference = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\/[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:@[0-9a-f]{64})?$/,
    'must be <model>/<version>, such as mnist-mlp/3, mnist-mlp/champion or mnist-mlp/latest',
  );

const data = z.strictObject({
  train: splitReferenceSchema.describe('The split to train on, such as mnist/train'),
  validation: z
    .union([z.number().min(0).max(0.9), splitReferenceSchema])
    .default(0.1)
    .describe('A share of the training samples to hold out, or a split of its own'),
  test: splitReferenceSchema.optional().describe('The split to test on at the end'),
});

const model = z
  .strictObject({
    layers: z.array(layerSchema).min(1).max(MAX_LAYERS).describe('From input to output; shapes are inferred'),
    file: z
      .string()
      .max(4096)
      .optional()
      .describe(
        'A model.json of tfjs or Keras beside the job file, in place of layers; its weights are the first ones',
      ),
    initialWeights: modelReference.optional().describe('A trained model to start from, such as mnist-mlp/latest'),
  })
  // A file's layers are put in place of `file` before this schema is asked; editors see the file as it is written.
  .meta({ required: [], anyOf: [{ required: ['layers'] }, { required: ['file'] }] });

const DEFAULT_EPOCHS = 5;
/** A step's order to a worker lists its samples, and the message must not become too large. */
export const MAX_BATCH_SIZE = 2 ** 20;

const training = z.strictObject({
  // The default is filled in by `jobSpecOf`, where there are no steps either.
  epochs: stepCount.optional().meta({ default: DEFAULT_EPOCHS }).describe('Times through the training samples'),
  steps: stepCount.optional().describe('Steps of the optimizer, in place of epochs'),
  batchSize: z.number().int().min(1).max(MAX_BATCH_SIZE).default(128).describe('Samples a step, over all workers'),
  seed: z.number().int().min(0).max(MAX_SEED).default(0).describe('All randomness of the job comes from it'),
  loss: z
    .enum(LOSSES)
    .optional()
    .describe('By default crossentropy for multiclass, binaryCrossentropy for binary, else meanSquaredError'),
  sliceSize: z
    .number()
    .int()
    .min(1)
    .max(MAX_BATCH_SIZE)
    .optional()
    .describe('Samples that one thread computes at a time; part of what the bits of the result depend on'),
  optimizer: optimizerSchema
    .default({ type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 })
    .describe('How gradients become steps: a name, or an object with type and settings'),
  schedule: scheduleSchema.optional().describe('How the learning rate changes; by default it does not'),
  earlyStopping: earlyStoppingSchema.optional().describe('Ends training when it gets no better'),
  clip: clipSchema.optional().describe('Limits the averaged gradient'),
  classWeights: classWeightsSchema.optional().describe('How much a sample of each class counts in the loss'),
});

const checkpoint = z.strictObject({
  everySteps: stepCount.optional().describe('Also after so many steps'),
  everySeconds: z.number().int().min(1).max(86_400).default(60).describe('At least so often'),
  keep: z.number().int().min(1).max(100).default(3).describe('The newest so many are kept'),
});

const cluster = z.strictObject({
  minWorkers: z.number().int().min(1).max(10_000).default(1).describe('Below this many workers the job waits'),
});

export const jobFileSchema = z.strictObject({
  $schema: z.string().max(1000).optional().describe('Address of the JSON Schema, for editors; not looked at'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes and underscores')
    .describe('Of the job, and of the model that it makes'),
  task: task.describe('What is learned'),
  data: data.describe('What to train, validate and test on'),
  model: model.describe('What is trained'),
  training: training.prefault({}).describe('How it is trained'),
  cluster: cluster.prefault({}).describe('What the job asks of the cluster; the result does not depend on it'),
  checkpoint: checkpoint.prefault({}).describe('When to save what an interrupted job goes on from'),
  priority: z.number().int().min(-100).max(100).default(0).describe('Jobs of higher priority run first'),
  continueFrom: modelReference.optional().describe('A trained model whose training this job goes on with'),
});

/** What a person writes. */
export type JobFile = z.input<typeof jobFileSchema>;

type ParsedJobFile = z.output<typeof jobFileSchema>;
export type TrainingSection = ParsedJobFile['training'];

/**
 * The job with every default filled in, except the slice size: its default needs the model and is in the plan. Of `epochs`
 * and `steps` it has one; the plan has both. The dataset's version is written out, so that it plans to the same job
 * whatever is imported later.
 */
export type JobSpec = Omit<ParsedJobFile, '$schema' | 'training'> & {
  training: Omit<TrainingSection, 'loss'> & { loss: Loss };
};

const DEFAULT_LOSSES: Readonly<Record<Task, Loss>> = {
  multiclass: 'crossentropy',
  binary: 'binaryCrossentropy',
  regression: 'meanSquaredError',
  autoencoder: 'meanSquaredError',
};

export function defaultLoss(task: Task): Loss {
  return DEFAULT_LOSSES[task];
}

/** Whether each sample of the task has one class, so that answers can be right or wrong. */
export function hasClasses(ofTask: Task): boolean {
  return ofTask === 'multiclass' || ofTask === 'binary';
}

export function jobSpecOf({ $schema: _schema, ...file }: ParsedJobFile): JobSpec {
  const { training: section, task: ofTask } = file;
  const epochs = section.steps === undefined ? { epochs: section.epochs ?? DEFAULT_EPOCHS } : {};
  return { ...file, training: { ...section, ...epochs, loss: section.loss ?? defaultLoss(ofTask) } };
}

/** Epochs of a section that has neither epochs nor steps are the default. */
export function epochsOf({ epochs = DEFAULT_EPOCHS }: Pick<TrainingSection, 'epochs'>): number {
  return epochs;
}

/**
 * JSON Schema (draft 2020-12) of the job file, for editors and for the published documentation.
 * @param reused whether what occurs often is written out each time, or once and referred to
 */
export function jobFileJsonSchema(reused: 'inline' | 'ref' = 'inline'): Record<string, unknown> {
  return { ...z.toJSONSchema(jobFileSchema, { io: 'input', target: 'draft-2020-12', reused }) };
}
