/**
 * What metrics are made of, as sums over a slice's samples: counts as integers, and for regression sums of errors. How
 * they become metrics: `metric-sums.ts` of the coordinator.
 */
import type { JobPlan } from '@lockstep/core';
import type { Tensor } from '@tensorflow/tfjs-node';
import { native } from '../native/tensorflow.js';
import { errors, type Targets } from './loss.js';

type Kind = 'train' | 'evaluate';

/** Above this many classes no confusion matrix is counted: it would outweigh the gradient. */
const CONFUSION_CLASSES = 128;

export function hasConfusion(classes: number): boolean {
  return classes <= CONFUSION_CLASSES;
}

function isClassified({ spec }: JobPlan): boolean {
  return spec.task === 'multiclass' || spec.task === 'binary';
}

function countsConfusion(plan: JobPlan, kind: Kind): boolean {
  return isClassified(plan) && kind === 'evaluate' && hasConfusion(plan.data.classNames.length);
}

/** Length of the counts vector. */
export function countLength(plan: JobPlan, kind: Kind): number {
  const classes = plan.data.classNames.length;
  return (countsConfusion(plan, kind) ? classes * classes : 1) + 1;
}

/**
 * Integer counts of a slice. For classes: the number of right answers in training, the confusion matrix (row: true
 * class, column: predicted) in evaluation, row by row. For tasks without classes: one zero. The last count is that of
 * the samples.
 * @param output logits for the crossentropies, else the model's output
 * @returns int32 vector
 */
export function metricCounts(plan: JobPlan, output: Tensor, labels: Tensor, kind: Kind): Tensor {
  const { tf } = native();
  const samples = tf.fill([1], output.shape[0], 'int32');
  return tf.concat([classCounts(plan, output, labels, kind), samples]);
}

function classCounts(plan: JobPlan, output: Tensor, labels: Tensor, kind: Kind): Tensor {
  const { tf } = native();
  if (!isClassified(plan)) return tf.zeros([1], 'int32');
  const predicted = predictedClass(plan, output);
  const classes = plan.data.classNames.length;
  if (!countsConfusion(plan, kind)) return labels.equal(predicted).cast('int32').sum().reshape([1]);
  const cell = labels.mul(tf.scalar(classes, 'int32')).add(predicted);
  return tf.unsortedSegmentSum(tf.onesLike(cell), cell as never, classes * classes);
}

/** (S) int32. One output speaks for class 1: a logit above 0, or anything else above a half. */
function predictedClass(plan: JobPlan, output: Tensor): Tensor {
  const { tf } = native();
  if (output.shape[1] !== 1) return output.argMax(-1).cast('int32');
  const threshold = plan.loss === 'binaryCrossentropy' ? 0 : 0.5;
  return output.flatten().greater(tf.scalar(threshold)).cast('int32');
}

/** Length of what metricSums returns, all in one. */
export function metricSumLength({ spec, data }: JobPlan, kind: Kind): number {
  return spec.task === 'regression' && kind === 'evaluate' ? 1 + 3 * data.targetNames.length : 0;
}

/**
 * In the evaluation of a regression: the absolute error, averaged over a sample's outputs (1); and for each target the
 * squared error, the distance y - c of the target from the plan's offset, and that distance squared (T each). With c near
 * the mean, the variance that follows from the last two loses nothing to rounding.
 * @returns float32 vectors
 */
export function metricSums(plan: JobPlan, output: Tensor, targets: Targets, kind: Kind): Tensor[] {
  const { tf } = native();
  if (metricSumLength(plan, kind) === 0) return [];
  const error = errors(plan, output, targets);
  const distance = targets.labels.sub(tf.tensor1d([...plan.data.targetOffsets]));
  const width = tf.scalar(plan.data.targetNames.length);
  return [error.abs().sum().div(width).reshape([1]), error.square().sum(0), distance.sum(0), distance.square().sum(0)];
}
