/** Gradient descent, with momentum (Polyak 1964) or Nesterov's momentum as Sutskever et al. (2013) write it. */
import type { Tensor } from '@tensorflow/tfjs-node';
import { native } from '../native/tensorflow.js';
import type { Optimizer } from './optimizer.js';

export interface SgdOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
}

export function sgd(options: SgdOptions): Optimizer {
  return options.momentum === 0 ? plain() : withMomentum(options);
}

function plain(): Optimizer {
  return {
    slots: [],
    scalars: (learningRate) => [learningRate],
    update: ({ parameters, gradient, scalars }) => ({
      parameters: parameters.sub(gradient.mul(scalars[0] as Tensor)),
      state: [],
    }),
  };
}

/** a <- m a + g; p <- p - r a, or p <- p - r (g + m a) for Nesterov: tfjs's MomentumOptimizer. */
function withMomentum({ momentum, nesterov }: SgdOptions): Optimizer {
  return {
    slots: [{ name: 'momentum', initialValue: 0 }],
    scalars: (learningRate) => [learningRate],
    update: ({ parameters, gradient, state, scalars }) => {
      const { tf } = native();
      const factor = tf.scalar(momentum);
      const accumulated = (state[0] as Tensor).mul(factor).add(gradient);
      const direction = nesterov ? gradient.add(accumulated.mul(factor)) : accumulated;
      return { parameters: parameters.sub(direction.mul(scalars[0] as Tensor)), state: [accumulated] };
    },
  };
}
