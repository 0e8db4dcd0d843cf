/** Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2). */
import { wholePower } from '@lockstep/core';
import type { Tensor } from '@tensorflow/tfjs-node';
import { native } from '../native/tensorflow.js';
import type { Optimizer } from './optimizer.js';

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Decoupled: the parameters shrink by learningRate * weightDecay each step. 0 for Adam. */
  readonly weightDecay: number;
}

/**
 * m <- b1 m + (1-b1) g; v <- b2 v + (1-b2) g^2; p <- p - r (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + e) - r w p
 */
export function adam({ beta1, beta2, epsilon, weightDecay }: AdamOptions): Optimizer {
  return {
    slots: [
      { name: 'first_moment', initialValue: 0 },
      { name: 'second_moment', initialValue: 0 },
    ],
    scalars: (learningRate, step) => [
      learningRate,
      1 - wholePower(beta1, step),
      1 - wholePower(beta2, step),
      1 - learningRate * weightDecay,
    ],
    update: ({ parameters, gradient, state, scalars }) => {
      const { tf } = native();
      const [rate, correction1, correction2, decay] = scalars as [Tensor, Tensor, Tensor, Tensor];
      const first = (state[0] as Tensor).mul(tf.scalar(beta1)).add(gradient.mul(tf.scalar(1 - beta1)));
      const second = (state[1] as Tensor).mul(tf.scalar(beta2)).add(gradient.square().mul(tf.scalar(1 - beta2)));
      const denominator = second.div(correction2).sqrt().add(tf.scalar(epsilon));
      const change = first.div(correction1).div(denominator).mul(rate);
      const shrunk = weightDecay === 0 ? parameters : parameters.mul(decay);
      return { parameters: shrunk.sub(change), state: [first, second] };
    },
  };
}
