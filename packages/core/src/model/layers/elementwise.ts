/** Layers that keep the shape of their input: activation, dropout and layer normalisation. */
import { z } from 'zod';
import { activationSchema } from '../activations.js';
import { LEAST_DIVISOR } from '../float32.js';
import { initializerSchema } from '../initializers.js';
import { defineLayer } from '../layer-definition.js';
import { elementCount } from '../shape.js';

export const activation = defineLayer({
  baseName: 'activation',
  options: z.strictObject({ activation: activationSchema }),
  infer: (_options, input) => ({ outputShape: input, weights: [], multiplyAdds: elementCount(input) }),
});

/** Its mask comes from the job's seed, so unlike tfjs's layer it has no seed of its own. */
export const dropout = defineLayer({
  baseName: 'dropout',
  options: z.strictObject({ rate: z.number().min(0).lt(1) }),
  infer: (_options, input) => ({ outputShape: input, weights: [], multiplyAdds: elementCount(input) }),
});

/** Normalises each sample over its last dimension (Ba et al. 2016). */
export const layerNormalization = defineLayer({
  baseName: 'layer_normalization',
  options: z.strictObject({
    axis: z.literal(-1).default(-1),
    epsilon: z.number().min(LEAST_DIVISOR).max(1).default(0.001),
    center: z.boolean().default(true),
    scale: z.boolean().default(true),
    gammaInitializer: initializerSchema.default({ type: 'ones' }),
    betaInitializer: initializerSchema.default({ type: 'zeros' }),
  }),
  infer({ center, scale, gammaInitializer, betaInitializer }, input) {
    const shape = [input.at(-1) ?? 1];
    const gamma = scale ? [{ name: 'gamma', shape, initializer: gammaInitializer }] : [];
    const beta = center ? [{ name: 'beta', shape, initializer: betaInitializer }] : [];
    const elements = elementCount(input);
    return { outputShape: input, weights: [...gamma, ...beta], multiplyAdds: 5 * elements, activations: 2 * elements };
  },
});
