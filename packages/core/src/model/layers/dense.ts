/** Fully connected layer: y = activation(x W + b) over the last dimension. */
import { z } from 'zod';
import { activationSchema } from '../activations.js';
import { initializerSchema } from '../initializers.js';
import { defineLayer, positiveCount } from '../layer-definition.js';
import { elementCount } from '../shape.js';

export const dense = defineLayer({
  baseName: 'dense',
  options: z.strictObject({
    units: positiveCount,
    activation: activationSchema.default('linear'),
    useBias: z.boolean().default(true),
    kernelInitializer: initializerSchema.default({ type: 'glorotUniform' }),
    biasInitializer: initializerSchema.default({ type: 'zeros' }),
  }),
  infer({ units, useBias, kernelInitializer, biasInitializer }, input) {
    const features = input.at(-1) ?? 1;
    const kernel = { name: 'kernel', shape: [features, units], initializer: kernelInitializer };
    const bias = { name: 'bias', shape: [units], initializer: biasInitializer };
    return {
      outputShape: [...input.slice(0, -1), units],
      weights: useBias ? [kernel, bias] : [kernel],
      multiplyAdds: elementCount(input) * units,
    };
  },
});
