/** AdaGrad (Duchi, Hazan and Singer 2011), diagonal form. */
import type { Tensor } from '@tensorflow/tfjs-node';
import { native } from '../native/tensorflow.js';
import type { Optimizer } from './optimizer.js';

export interface AdagradOptions {
  readonly initialAccumulatorValue: number;
}

/** tfjs's own constant, added under the root. */
const EPSILON = 1e-7;

/** s <- s + g^2; p <- p - r g / sqrt(s + e) */
export function adagrad({ initialAccumulatorValue }: AdagradOptions): Optimizer {
  return {
    slots: [{ name: 'accumulator', initialValue: initialAccumulatorValue }],
    scalars: (learningRate) => [learningRate],
    update: ({ parameters, gradient, state, scalars }) => {
      const { tf } = native();
      const accumulated = (state[0] as Tensor).add(gradient.square());
      const change = gradient.div(accumulated.add(tf.scalar(EPSILON)).sqrt()).mul(scalars[0] as Tensor);
      return { parameters: parameters.sub(change), state: [accumulated] };
    },
  };
}
