/**
 * Records what a worker computes for one slice: the sums over its samples of gradient, loss and weight, and the metric
 * counts. The graph of a slice is a function of (parameters, samples, seed) alone.
 */
import { LockstepError, type JobPlan } from '@lockstep/core';
import type { Sequential, Tensor } from '@tensorflow/tfjs-node';
import { composeSlices } from './graph/compose.js';
import type { Graph } from './graph/nodes.js';
import { recordGraph } from './graph/recorder.js';
import { forward } from './model/forward.js';
import { metricCounts, sumLoss } from './model/loss.js';
import { withWeights } from './model/tfjs-model.js';
import { registerKernels } from './native/kernels.js';
import { native, scoped } from './native/tensorflow.js';

export type SliceKind = 'train' | 'evaluate';

/** One recorded shape: `copies` slices of `samples` samples in one native call. */
export interface SliceGraphShape {
  readonly kind: SliceKind;
  readonly samples: number;
  readonly copies: number;
}

export function shapeKey({ kind, samples, copies }: SliceGraphShape): string {
  return `${kind}:${String(samples)}x${String(copies)}`;
}

/** Behind the gradient in a slice's values: loss sum and weight sum. */
export const LOSS_VALUES = 2;

/** Length of the values vector: the gradient in training, then loss sum and weight sum. */
export function valueLength(plan: JobPlan, kind: SliceKind): number {
  return (kind === 'train' ? plan.model.parameters : 0) + LOSS_VALUES;
}

interface SliceInputs {
  readonly parameters: Tensor;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly seed: Tensor;
}

/** Cuts the flat vector into the weights' tensors. */
function unflatten(plan: JobPlan, parameters: Tensor): Tensor[] {
  const { weights } = plan.model;
  if (weights.length === 0) return [];
  const pieces = native().tf.split(
    parameters,
    weights.map((weight) => weight.size),
  );
  return pieces.map((piece, index) => piece.reshape([...(weights[index]?.shape ?? [])]));
}

/**
 * The slice's sums, eagerly or while recording. The caller disposes of `counts`.
 * @returns values: (P + 2) float32 in training, (2) in evaluation; counts: int32
 */
function sliceSums(
  plan: JobPlan,
  model: Sequential,
  kind: SliceKind,
  { parameters, x, y, seed }: SliceInputs,
): { values: Tensor; counts: Tensor } {
  const { tf } = native();
  const weights = unflatten(plan, parameters);
  let counts: Tensor | undefined;
  const loss = (...tensors: Tensor[]): Tensor =>
    withWeights(model, tensors, () => {
      const options = { training: kind === 'train', seed, toLogits: plan.loss === 'crossentropy' };
      const output = forward(model, plan.model, x, options);
      counts = tf.keep(metricCounts(plan, output, y, kind));
      return sumLoss(plan, output, { labels: y, features: x });
    });
  const weight = tf.fill([1], x.shape[0]);
  const result = (gradients: Tensor[], value: Tensor) => ({
    values: tf.concat([...gradients.map((gradient) => gradient.flatten()), value.reshape([1]), weight]),
    counts: counts as Tensor,
  });
  if (kind === 'evaluate') return result([], loss(...weights));
  const { value, grads } = tf.valueAndGrads(loss)(weights);
  return result(grads, value);
}

/** Records one slice of `samples` samples. */
export function recordSlice(plan: JobPlan, model: Sequential, kind: SliceKind, samples: number): Graph {
  registerKernels();
  const { tf } = native();
  return scoped(() => {
    const inputs = {
      parameters: tf.zeros([plan.model.parameters]),
      x: tf.zeros([samples, ...plan.data.featureShape]),
      y: tf.zeros([samples], 'int32'),
      seed: tf.zeros([2], 'int32'),
    };
    let counts: Tensor | undefined;
    const graph = recordGraph(inputs, () => {
      const sums = sliceSums(plan, model, kind, inputs);
      counts = sums.counts;
      return sums;
    });
    counts?.dispose();
    return graph;
  });
}

/** The graph of `copies` slices in one call; see composeSlices. */
export function stackSlices(plan: JobPlan, slice: Graph, copies: number): Graph {
  const { dtype, offset, scale } = plan.data;
  if (typeof offset !== 'number' || typeof scale !== 'number') {
    throw new LockstepError('INTERNAL', 'features that are normalised by column are not available yet');
  }
  return composeSlices(slice, copies, { dtype, offset, scale });
}
