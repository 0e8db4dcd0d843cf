/** Limits of the training section that depend on the data and the model. */
import type { Fault } from '../errors.js';
import type { ModelPlan } from '../model/model-plan.js';
import { elementCount } from '../model/shape.js';
import { show } from './fault-text.js';
import { epochsOf, hasClasses, MAX_BATCH_SIZE, type Loss, type Task, type TrainingSection } from './job-file.js';
import type { DataPlan } from './job-plan.js';
import { estimateMemory, formatGibibytes, MAX_MEMORY_BYTES } from './memory.js';
import { CLIP_TYPES, type Monitor } from './training-rules.js';

const MAX_STEPS = 1_000_000_000;

/** `batchSize` is as written, since the right range needs the data and is worth saying for any wrong value. */
export function checkBatchSize(batchSize: unknown, { validation, trainSamples, validationSamples }: DataPlan): Fault[] {
  if (batchSize === undefined) return [];
  const isCount = typeof batchSize === 'number' && Number.isInteger(batchSize);
  const largest = Math.min(trainSamples, MAX_BATCH_SIZE);
  if (isCount && batchSize >= 1 && batchSize <= largest) return [];
  const samples =
    validation.type === 'fraction'
      ? ` (the training samples, after ${validationSamples} of ${trainSamples + validationSamples} are held out for validation)`
      : ' (the training samples)';
  const kind = typeof batchSize === 'number' && !isCount ? 'a whole number ' : '';
  const why = largest === trainSamples ? samples : '';
  const message = `must be ${kind}between 1 and ${largest}${why}, got ${show(batchSize)}`;
  return [{ path: 'training.batchSize', message }];
}

export function checkSteps(training: TrainingSection, { trainSamples }: DataPlan): Fault[] {
  const { epochs, steps, batchSize } = training;
  if (steps !== undefined) {
    if (epochs === undefined) return [];
    return [{ path: 'training.steps', message: 'must not be there together with epochs: write one of the two' }];
  }
  const count = epochsOf(training);
  const total = count * Math.ceil(trainSamples / batchSize);
  if (total <= MAX_STEPS) return [];
  const message = `${count} epochs of ${trainSamples} samples in minibatches of ${batchSize} are ${total} steps, more than ${MAX_STEPS}`;
  return [{ path: 'training.epochs', message }];
}

const LOSSES_OF_TASKS: Readonly<Record<Task, readonly Loss[]>> = {
  multiclass: ['crossentropy', 'meanSquaredError', 'meanAbsoluteError'],
  binary: ['binaryCrossentropy', 'crossentropy', 'meanSquaredError', 'meanAbsoluteError'],
  regression: ['meanSquaredError', 'meanAbsoluteError'],
  autoencoder: ['meanSquaredError', 'meanAbsoluteError'],
};

export function checkLoss({ loss }: TrainingSection, task: Task): Fault[] {
  const losses = LOSSES_OF_TASKS[task];
  if (loss === undefined || losses.includes(loss)) return [];
  const message = `must be ${losses.join(' or ')} for the task ${task}, got ${show(loss)}`;
  return [{ path: 'training.loss', message }];
}

export function checkTask(task: Task, { dataset, classNames, targetNames }: DataPlan): Fault[] {
  const classes = classNames.length;
  if (task === 'regression' && targetNames.length === 0) {
    return [
      { path: 'task', message: `regression needs values to predict, and the labels of '${dataset}' are classes` },
    ];
  }
  if ((task === 'binary' || task === 'multiclass') && classes === 0) {
    return [
      { path: 'task', message: `${task} needs classes, and the labels of '${dataset}' are values: use regression` },
    ];
  }
  if (task === 'binary' && classes !== 2) {
    return [{ path: 'task', message: `binary needs two classes, and '${dataset}' has ${classes}: use multiclass` }];
  }
  return [];
}

export function checkClip({ clip }: TrainingSection): Fault[] {
  if (clip === undefined) return [];
  const given = CLIP_TYPES.filter((type) => clip[type] !== undefined);
  if (given.length === 1) return [];
  const got = given.length === 0 ? 'nothing' : given.join(' and ');
  return [{ path: 'training.clip', message: `must have one of ${CLIP_TYPES.join(', ')}, got ${got}` }];
}

/** What early stopping and the plateau schedule look at must be there. */
export function checkMonitors(
  { earlyStopping, schedule }: TrainingSection,
  task: Task | undefined,
  { validation }: DataPlan,
): Fault[] {
  const check = (path: string, monitor: Monitor): Fault[] => {
    if (monitor !== 'trainLoss' && validation.type === 'none') {
      const message = `${monitor} needs validation samples, and the job has none: set data.validation, or use trainLoss`;
      return [{ path, message }];
    }
    if (monitor !== 'validationAccuracy' || task === undefined || hasClasses(task)) return [];
    return [{ path, message: `the task ${task} has no accuracy: use validationLoss or trainLoss` }];
  };
  return [
    ...(earlyStopping === undefined ? [] : check('training.earlyStopping.monitor', earlyStopping.monitor)),
    ...(schedule?.type === 'plateau' ? check('training.schedule.monitor', schedule.monitor) : []),
  ];
}

/** A lower bound above the rate itself would make the rate jump up where it is to fall. */
export function checkSchedule({ optimizer, schedule }: TrainingSection): Fault[] {
  if (schedule === undefined || !('minimum' in schedule) || schedule.minimum <= optimizer.learningRate) return [];
  const message = `must be at most ${optimizer.learningRate} (the learning rate), got ${schedule.minimum}`;
  return [{ path: 'training.schedule.minimum', message }];
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
