/** The forward pass of a slice, layer by layer, so that a layer that cannot be recorded can be named. */
import { LockstepError, type LayerOptions, type LayerPlan, type ModelPlan } from '@lockstep/core';
import type { layers, Sequential, Tensor } from '@tensorflow/tfjs-node';
import { seededUniform } from '../native/kernels.js';
import { native } from '../native/tensorflow.js';
import { namingLayer } from './naming-layers.js';

export interface ForwardOptions {
  readonly training: boolean;
  /** (2) int32 for the layers that draw random numbers. */
  readonly seed: Tensor;
  /** Leave out this activation at the very end: the loss is computed from what goes into it. */
  readonly leaveOut: 'softmax' | 'sigmoid' | undefined;
}

/** What tfjs's dense layer asks of its activation where it has none: matrix product and bias are one kernel then. */
const LINEAR = { getClassName: () => 'linear' };

/**
 * @param x (S x features) float32
 * @returns the last layer's output, or the logits before its activation
 * @throws LockstepError MODEL_NOT_RECORDABLE with the layer's name
 */
export function forward(model: Sequential, plan: ModelPlan, x: Tensor, options: ForwardOptions): Tensor {
  return plan.layers.reduce((input, layer, index) => {
    const last = index === plan.layers.length - 1;
    const toLogits = last && endsIn(layer, options.leaveOut);
    return namingLayer(layer, () => applyLayer(model, layer, index, input, toLogits, options));
  }, x);
}

function endsIn(layer: LayerPlan, activation: string | undefined): boolean {
  return (layer.type === 'dense' || layer.type === 'activation') && layer.options.activation === activation;
}

function applyLayer(
  model: Sequential,
  plan: LayerPlan,
  index: number,
  input: Tensor,
  toLogits: boolean,
  { training, seed }: ForwardOptions,
): Tensor {
  if (plan.type === 'dropout') return training ? dropout(input, plan.options.rate, seed, index) : input;
  if (plan.type === 'activation' && toLogits) return input;
  const layer = model.layers[index];
  if (layer === undefined) throw new LockstepError('INTERNAL', `layer ${plan.name} was not built`);
  if (plan.type === 'layerNormalization') return layerNormalization(input, layer, plan.options);
  if (!toLogits) return layer.apply(input, { training }) as Tensor;
  const dense = layer as unknown as { activation: unknown };
  const activation = dense.activation;
  dense.activation = LINEAR;
  try {
    return layer.apply(input, { training }) as Tensor;
  } finally {
    dense.activation = activation;
  }
}

/**
 * Inverted dropout (Srivastava et al. 2014): what stays is scaled by 1 / (1 - rate). The mask depends on the slice's
 * seed and the layer's place alone; tfjs's own would be drawn in JavaScript, and frozen by the recording.
 */
function dropout(input: Tensor, rate: number, seed: Tensor, layer: number): Tensor {
  if (rate === 0) return input;
  const { tf } = native();
  const ownSeed = seed.add(tf.tensor1d([layer, 0], 'int32'));
  const keep = seededUniform(input.shape, ownSeed).greaterEqual(tf.scalar(rate)).cast('float32');
  return input.mul(keep.mul(tf.scalar(1 / (1 - rate))));
}

/**
 * Layer normalisation (Ba et al. 2016) over the last dimension. tfjs's own repeats scale and offset for every sample, and
 * fails in the gradient where either is left out.
 */
function layerNormalization(input: Tensor, layer: layers.Layer, options: LayerOptions<'layerNormalization'>): Tensor {
  const { tf } = native();
  const { gamma, beta } = layer as unknown as Record<'gamma' | 'beta', { read(): Tensor }>;
  const { mean, variance } = tf.moments(input, -1, true);
  const normal = input.sub(mean).mul(variance.add(tf.scalar(options.epsilon)).rsqrt());
  const scaled = options.scale ? normal.mul(gamma.read()) : normal;
  return options.center ? scaled.add(beta.read()) : scaled;
}
