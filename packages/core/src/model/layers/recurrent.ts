/**
 * Recurrent layers over [steps, features]. Gates lie side by side in the last dimension of each weight, in tfjs's order:
 * GRU update, reset, candidate; LSTM input, forget, cell, output.
 */
import { z } from 'zod';
import { activationSchema } from '../activations.js';
import { initializerSchema, type Initializer, type WeightInitializer } from '../initializers.js';
import {
  defineLayer,
  positiveCount,
  type LayerInference,
  type LayerMisfit,
  type WeightShape,
} from '../layer-definition.js';
import type { Shape } from '../shape.js';
import { needsSteps } from './convolution.js';

const common = {
  units: positiveCount,
  returnSequences: z.boolean().default(false),
  activation: activationSchema.default('tanh'),
  useBias: z.boolean().default(true),
  kernelInitializer: initializerSchema.default({ type: 'glorotUniform' }),
  recurrentInitializer: initializerSchema.default({ type: 'orthogonal', gain: 1 }),
  biasInitializer: initializerSchema.default({ type: 'zeros' }),
};
/** tfjs's default, and Keras's before version 2.3. */
const recurrentActivation = activationSchema.default('hardSigmoid');

export const simpleRNN = defineLayer({
  baseName: 'simple_rnn',
  options: z.strictObject(common),
  infer: (options, input) => inferRecurrent(options, 1, options.biasInitializer, input),
});

/** Applies the reset gate before the recurrent product (resetAfter false): the only form that tfjs has. */
export const gru = defineLayer({
  baseName: 'gru',
  options: z.strictObject({ ...common, recurrentActivation }),
  infer: (options, input) => inferRecurrent(options, 3, options.biasInitializer, input),
});

export const lstm = defineLayer({
  baseName: 'lstm',
  options: z.strictObject({ ...common, recurrentActivation, unitForgetBias: z.boolean().default(true) }),
  infer(options, input) {
    const { biasInitializer: base, unitForgetBias } = options;
    return inferRecurrent(options, 4, unitForgetBias ? { type: 'forgetGateOnes', base } : base, input);
  },
});

interface RecurrentOptions {
  readonly units: number;
  readonly returnSequences: boolean;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly recurrentInitializer: Initializer;
}

function inferRecurrent(
  options: RecurrentOptions,
  gates: number,
  biasInitializer: WeightInitializer,
  input: Shape,
): LayerInference | LayerMisfit {
  const [steps, features] = input;
  if (input.length !== 2 || steps === undefined || features === undefined) return needsSteps(input);
  const { units } = options;
  const columns = units * gates;
  const weights: WeightShape[] = [
    { name: 'kernel', shape: [features, columns], initializer: options.kernelInitializer },
    { name: 'recurrent_kernel', shape: [units, columns], initializer: options.recurrentInitializer },
  ];
  if (options.useBias) weights.push({ name: 'bias', shape: [columns], initializer: biasInitializer });
  return {
    outputShape: options.returnSequences ? [steps, units] : [units],
    weights,
    multiplyAdds: steps * columns * (features + units),
    // Backpropagation through time keeps every gate and the state of every step.
    activations: steps * (columns + 2 * units),
  };
}
