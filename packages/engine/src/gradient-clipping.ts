/** Clipping of the averaged gradient, as Keras's clipvalue, clipnorm and global_clipnorm have it. */
import type { JobPlan } from '@lockstep/core';
import type { Tensor } from '@tensorflow/tfjs-node';
import { native } from './native/tensorflow.js';

/** @param gradient (P) float32; returned as it is where the plan has no clipping */
export function clipGradient({ clip, model }: JobPlan, gradient: Tensor): Tensor {
  const { tf } = native();
  switch (clip.type) {
    case 'none':
      return gradient;
    case 'value':
      return gradient.clipByValue(-clip.limit, clip.limit);
    case 'globalNorm':
      return shorten(gradient, clip.limit);
    case 'norm': {
      const sizes = model.weights.map(({ size }) => size);
      return tf.concat(tf.split(gradient, sizes).map((piece) => shorten(piece, clip.limit)));
    }
  }
}

/** g limit / max(|g|, limit) (Pascanu et al. 2013): a gradient within the limit is multiplied by exactly 1. */
function shorten(gradient: Tensor, limit: number): Tensor {
  const { tf } = native();
  const limitScalar = tf.scalar(limit);
  return gradient.mul(limitScalar.div(euclideanNorm(gradient).maximum(limitScalar)));
}

/** Scalar. */
export function euclideanNorm(vector: Tensor): Tensor {
  return vector.square().sum().sqrt();
}
