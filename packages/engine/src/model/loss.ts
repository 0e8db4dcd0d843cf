/** Losses of a slice, as sums over its samples, and the counts that metrics are made of. */
import type { JobPlan } from '@lockstep/core';
import type { Tensor } from '@tensorflow/tfjs-node';
import { sparseSoftmaxCrossEntropy } from '../native/kernels.js';
import { native } from '../native/tensorflow.js';

/** Above this many classes no confusion matrix is counted: it would outweigh the gradient. */
const CONFUSION_CLASSES = 128;

export function hasConfusion(classes: number): boolean {
  return classes <= CONFUSION_CLASSES;
}

/** What the model is to give for each sample: class numbers (S, int32), or the features themselves (S x features). */
export interface Targets {
  readonly labels: Tensor;
  readonly features: Tensor;
}

/**
 * @param output (S x outputs): logits for crossentropy, else the model's output
 * @returns the scalar sum over the samples; squared and absolute errors are averaged over a sample's outputs, as Keras
 *   does
 */
export function sumLoss(plan: JobPlan, output: Tensor, targets: Targets): Tensor {
  const { tf } = native();
  if (plan.loss === 'crossentropy') return sparseSoftmaxCrossEntropy(output, targets.labels).sum();
  const samples = output.shape[0];
  const flat = output.reshape([samples, -1]);
  const width = flat.shape[1] as number;
  const target =
    plan.spec.task === 'autoencoder'
      ? targets.features.reshape([samples, -1])
      : tf.oneHot(targets.labels, width).cast('float32');
  const error = flat.sub(target);
  const perOutput = plan.loss === 'meanSquaredError' ? error.square() : error.abs();
  return perOutput.sum().div(tf.scalar(width));
}

/**
 * Integer counts of a slice. For classes: the number of right answers in training, the confusion matrix (row: true
 * class, column: predicted) in evaluation, row by row. For tasks without classes: one zero.
 * @returns int32 vector
 */
export function metricCounts(plan: JobPlan, output: Tensor, labels: Tensor, kind: 'train' | 'evaluate'): Tensor {
  const { tf } = native();
  if (plan.spec.task !== 'multiclass') return tf.zeros([1], 'int32');
  const predicted = output.argMax(-1).cast('int32');
  const classes = plan.data.classNames.length;
  if (kind === 'train' || !hasConfusion(classes)) return labels.equal(predicted).cast('int32').sum().reshape([1]);
  const cell = labels.mul(tf.scalar(classes, 'int32')).add(predicted);
  return tf.unsortedSegmentSum(tf.onesLike(cell), cell as never, classes * classes);
}

/** Length of the counts vector. */
export function countLength(plan: JobPlan, kind: 'train' | 'evaluate'): number {
  const classes = plan.data.classNames.length;
  const confusion = plan.spec.task === 'multiclass' && kind === 'evaluate' && hasConfusion(classes);
  return confusion ? classes * classes : 1;
}
