/**
 * Records what a worker computes for one slice: the sums over its samples of gradient, loss and weight, and the metric
 * counts. The graph of a slice is a function of (parameters, samples, seed) alone.
 */
import type { JobPlan } from '@lockstep/core';
import type { Sequential, Tensor } from '@tensorflow/tfjs-node';
import { composeSlices } from './graph/compose.js';
import type { Graph } from './graph/nodes.js';
import { recordGraph } from './graph/recorder.js';
import { forward } from './model/forward.js';
import { sampleWeights, sumLoss } from './model/loss.js';
import { metricCounts, metricSumLength, metricSums } from './model/metrics.js';
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

/** At the end of a slice's values: loss sum and weight sum. */
export const LOSS_VALUES = 2;

/**
 * Length of the values vector: in training the gradient, in evaluation the metrics' sums, and then loss sum and weight
 * sum.
 */
export function valueLength(plan: JobPlan, kind: SliceKind): number {
  return (kind === 'train' ? plan.model.parameters : metricSumLength(plan, kind)) + LOSS_VALUES;
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

/** What goes into the last layer's activation is what a crossentropy wants. */
const LEFT_OUT: Readonly<Partial<Record<JobPlan['loss'], 'softmax' | 'sigmoid'>>> = {
  crossentropy: 'softmax',
  binaryCrossentropy: 'sigmoid',
};

interface SliceSumTensors {
  readonly values: Tensor;
  readonly counts: Tensor;
}

/**
 * The slice's sums, eagerly or while recording. The caller disposes of `kept`.
 * @returns values: (P + 2) float32 in training, metric sums and 2 in evaluation; counts: int32
 */
function sliceSums(
  plan: JobPlan,
  model: Sequential,
  kind: SliceKind,
  { parameters, x, y, seed }: SliceInputs,
  kept: Tensor[],
): SliceSumTensors {
  const { tf } = native();
  const weights = unflatten(plan, parameters);
  const perSample = sampleWeights(plan, y);
  const targets = { labels: y, features: x };
  let metrics: Tensor[] = [];
  const loss = (): Tensor =>
    withWeights(model, weights, () => {
      const output = forward(model, plan.model, x, { training: kind === 'train', seed, leaveOut: LEFT_OUT[plan.loss] });
      // What is not the loss would be disposed of with the gradient's tape.
      metrics = [metricCounts(plan, output, y, kind), ...metricSums(plan, output, targets, kind)].map(tf.keep);
      kept.push(...metrics);
      return sumLoss(plan, output, targets, perSample);
    });
  const weight = perSample === undefined ? tf.fill([1], x.shape[0]) : perSample.sum().reshape([1]);
  const { value, gradient } = kind === 'train' ? gradientOf(plan, loss, weights) : { value: loss(), gradient: [] };
  const [counts, ...sums] = metrics as [Tensor, ...Tensor[]];
  return { values: tf.concat([...gradient, ...sums, value.reshape([1]), weight]), counts };
}

/**
 * The loss and its gradient by every weight, each flat. Weights of frozen layers have zeros, so that vectors have the
 * same length and places whatever is frozen; nothing is computed for them.
 */
function gradientOf(
  { model }: JobPlan,
  loss: () => Tensor,
  weights: readonly Tensor[],
): { value: Tensor; gradient: Tensor[] } {
  const { tf } = native();
  const trainable = model.layers.flatMap((layer) => layer.weights.map(() => layer.trainable));
  const chosen = weights.filter((_, index) => trainable[index]);
  const { value, grads } = tf.valueAndGrads(loss)(chosen);
  const found = grads.values();
  const gradient = model.weights.map(({ size }, index) => {
    const computed = trainable[index] === true ? found.next().value : undefined;
    return computed === undefined ? tf.fill([size], 0) : computed.flatten();
  });
  return { value, gradient };
}

/** Records one slice of `samples` samples. */
export function recordSlice(plan: JobPlan, model: Sequential, kind: SliceKind, samples: number): Graph {
  registerKernels();
  const { tf } = native();
  return scoped(() => {
    const inputs = {
      parameters: tf.zeros([plan.model.parameters]),
      x: tf.zeros([samples, ...plan.data.featureShape]),
      y: exampleLabels(plan, samples),
      seed: tf.zeros([2], 'int32'),
    };
    const kept: Tensor[] = [];
    const graph = recordGraph(inputs, () => ({ ...sliceSums(plan, model, kind, inputs, kept) }));
    for (const tensor of kept) tensor.dispose();
    return graph;
  });
}

function exampleLabels({ data }: JobPlan, samples: number): Tensor {
  const { tf } = native();
  const targets = data.targetNames.length;
  return targets === 0 ? tf.zeros([samples], 'int32') : tf.zeros([samples, targets]);
}

/** The graph of `copies` slices in one call; see composeSlices. */
export function stackSlices(plan: JobPlan, slice: Graph, copies: number): Graph {
  return composeSlices(slice, copies, plan.data);
}
