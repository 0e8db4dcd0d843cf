/** Limits of the training section that depend on the data and the model. */
import type { Fault } from '../errors.js';
import type { ModelPlan } from '../model/model-plan.js';
import { elementCount } from '../model/shape.js';
import { show } from './fault-text.js';
import type { Task, TrainingSection } from './job-file.js';
import type { DataPlan } from './job-plan.js';
import { estimateMemory, formatGibibytes, MAX_MEMORY_BYTES } from './memory.js';

const MAX_STEPS = 1_000_000_000;

/** `batchSize` is as written, since the right range needs the data and is worth saying for any wrong value. */
export function checkBatchSize(batchSize: unknown, { validation, trainSamples, validationSamples }: DataPlan): Fault[] {
  if (batchSize === undefined) return [];
  const isCount = typeof batchSize === 'number' && Number.isInteger(batchSize);
  if (isCount && batchSize >= 1 && batchSize <= trainSamples) return [];
  const samples =
    validation.type === 'fraction'
      ? `the training samples, after ${validationSamples} of ${trainSamples + validationSamples} are held out for validation`
      : 'the training samples';
  const kind = typeof batchSize === 'number' && !isCount ? 'a whole number ' : '';
  const message = `must be ${kind}between 1 and ${trainSamples} (${samples}), got ${show(batchSize)}`;
  return [{ path: 'training.batchSize', message }];
}

export function checkSteps({ epochs, batchSize }: TrainingSection, { trainSamples }: DataPlan): Fault[] {
  const steps = epochs * Math.ceil(trainSamples / batchSize);
  if (steps <= MAX_STEPS) return [];
  const message = `${epochs} epochs of ${trainSamples} samples in minibatches of ${batchSize} are ${steps} steps, more than ${MAX_STEPS}`;
  return [{ path: 'training.epochs', message }];
}

export function checkLoss({ loss }: TrainingSection, task: Task): Fault[] {
  if (task !== 'autoencoder' || loss !== 'crossentropy') return [];
  const message = 'crossentropy needs classes; use meanSquaredError or meanAbsoluteError for an autoencoder';
  return [{ path: 'training.loss', message }];
}

export function checkSliceSize({ batchSize, sliceSize }: TrainingSection): Fault[] {
  if (sliceSize === undefined || sliceSize <= batchSize) return [];
  const message = `must be between 1 and ${batchSize} (the batch size), got ${sliceSize}`;
  return [{ path: 'training.sliceSize', message }];
}

export function checkMemory(model: ModelPlan, sliceSize: number): Fault[] {
  const bytes = estimateMemory(model, sliceSize);
  if (bytes <= MAX_MEMORY_BYTES) return [];
  const message =
    `needs an estimated ${formatGibibytes(bytes)} a thread, more than ${formatGibibytes(MAX_MEMORY_BYTES)}: ` +
    `${model.parameters} parameters, and ${model.activationsPerSample} activations a sample in slices of ${sliceSize}; ` +
    `the largest layer is ${largestLayer(model, sliceSize)}`;
  return [{ path: 'model', message }];
}

function largestLayer({ layers }: ModelPlan, sliceSize: number): string {
  const sizes = layers.map(({ parameters, outputShape }) => parameters + sliceSize * elementCount(outputShape));
  const index = sizes.indexOf(Math.max(...sizes));
  return `model.layers[${index}] (${layers[index]?.name ?? ''})`;
}
