/**
 * RMSProp (Hinton's lecture 6e), with momentum and centring as TensorFlow has them. tfjs subtracts epsilon from the
 * variance where it centres, by an oversight, and so gives NaN for small gradients; here it is added.
 */
import type { Tensor } from '@tensorflow/tfjs-node';
import { native } from '../native/tensorflow.js';
import type { Optimizer } from './optimizer.js';

export interface RmspropOptions {
  readonly decay: number;
  readonly momentum: number;
  /** Added under the root. */
  readonly epsilon: number;
  readonly centered: boolean;
}

/** s <- d s + (1-d) g^2; [c <- d c + (1-d) g]; a <- m a + r g / sqrt(s [- c^2] + e); p <- p - a */
export function rmsprop({ decay, momentum, epsilon, centered }: RmspropOptions): Optimizer {
  const slots = [
    { name: 'mean_square', initialValue: 0 },
    { name: 'momentum', initialValue: 0 },
    ...(centered ? [{ name: 'mean_gradient', initialValue: 0 }] : []),
  ];
  return {
    slots,
    scalars: (learningRate) => [learningRate],
    update: ({ parameters, gradient, state, scalars }) => {
      const { tf } = native();
      const average = (old: Tensor, value: Tensor) => old.mul(tf.scalar(decay)).add(value.mul(tf.scalar(1 - decay)));
      const meanSquare = average(state[0] as Tensor, gradient.square());
      const meanGradient = centered ? [average(state[2] as Tensor, gradient)] : [];
      // Of a gradient that does not change, rounding can leave a variance below 0, whose root would be NaN.
      const variance = meanGradient.reduce((rest, mean) => rest.sub(mean.square()).relu(), meanSquare);
      const scaled = gradient.mul(scalars[0] as Tensor).div(variance.add(tf.scalar(epsilon)).sqrt());
      const accumulated = (state[1] as Tensor).mul(tf.scalar(momentum)).add(scaled);
      return { parameters: parameters.sub(accumulated), state: [meanSquare, accumulated, ...meanGradient] };
    },
  };
}
