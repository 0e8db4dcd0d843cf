/** Losses of a slice, as sums over its samples. */
import type { JobPlan } from '@lockstep/core';
import type { Tensor } from '@tensorflow/tfjs-node';
import { gather, sparseSoftmaxCrossEntropy } from '../native/kernels.js';
import { native } from '../native/tensorflow.js';

/** What the model is to give for each sample. */
export interface Targets {
  /** Class numbers (S, int32) or values (S x targets, float32). */
  readonly labels: Tensor;
  /** (S x features) float32, as the model sees them. */
  readonly features: Tensor;
}

/**
 * @param output (S x outputs): logits for the crossentropies, else the model's output
 * @param weights (S) float32, what each sample's loss is multiplied by; undefined where all weigh 1
 * @returns the scalar sum over the samples; squared and absolute errors are averaged over a sample's outputs, as Keras
 *   does
 */
export function sumLoss(plan: JobPlan, output: Tensor, targets: Targets, weights: Tensor | undefined): Tensor {
  const weighted = (losses: Tensor): Tensor => (weights === undefined ? losses : losses.mul(weights)).sum();
  if (plan.loss === 'crossentropy') return weighted(sparseSoftmaxCrossEntropy(output, targets.labels));
  if (plan.loss === 'binaryCrossentropy') return weighted(sigmoidCrossentropy(output.flatten(), targets.labels));
  const { tf } = native();
  const error = errors(plan, output, targets);
  const perOutput = plan.loss === 'meanSquaredError' ? error.square() : error.abs();
  const sum = weights === undefined ? perOutput.sum() : weighted(perOutput.sum(-1));
  return sum.div(tf.scalar(error.shape[1] as number));
}

/**
 * Output minus target, (S x outputs). Classes are 1 for the right output and 0 for the others; a `binary` model's only
 * output is the second class's.
 */
export function errors({ spec, data }: JobPlan, output: Tensor, { labels, features }: Targets): Tensor {
  const { tf } = native();
  const samples = output.shape[0];
  const flat = output.reshape([samples, -1]);
  const width = flat.shape[1] as number;
  if (spec.task === 'autoencoder') return flat.sub(features.reshape([samples, -1]));
  if (data.classNames.length === 0) return flat.sub(labels);
  if (width === 1) return flat.sub(labels.cast('float32').reshape([samples, 1]));
  return flat.sub(tf.oneHot(labels, width).cast('float32'));
}

/**
 * Crossentropy of the probability sigmoid(z) for class 1, computed from the logits: with s = -1 for class 1 and 1 for
 * class 0 it is softplus(s z), and its gradient s sigmoid(s z), neither of which overflows or cancels for any z.
 * @param logits (S) float32
 * @param labels (S) int32, 0 or 1
 * @returns (S) float32
 */
function sigmoidCrossentropy(logits: Tensor, labels: Tensor): Tensor {
  const { tf } = native();
  const sign = tf.scalar(1).sub(labels.cast('float32').mul(tf.scalar(2)));
  return logits.mul(sign).softplus();
}

/** The weight of each sample's class, (S) float32; undefined where all weigh 1. */
export function sampleWeights({ classWeights }: JobPlan, labels: Tensor): Tensor | undefined {
  return classWeights === null ? undefined : gather(native().tf.tensor1d([...classWeights]), labels);
}
