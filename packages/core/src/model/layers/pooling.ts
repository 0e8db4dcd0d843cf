/** Pooling: the greatest or the mean value of each window, or of the whole extent. No weights. */
import { z } from 'zod';
import { defineLayer, paddingSchema, positiveCount, sizePair } from '../layer-definition.js';
import { elementCount, windowOutputLength } from '../shape.js';
import { needsImage, needsSteps, windowOutputArea, windowTooLarge } from './convolution.js';

/** `strides` is poolSize where it is absent, as in tfjs. */
function pooling1d(baseName: string) {
  return defineLayer({
    baseName,
    options: z.strictObject({
      poolSize: positiveCount.default(2),
      strides: positiveCount.optional(),
      padding: paddingSchema,
    }),
    infer({ poolSize, strides, padding }, input) {
      const [steps, channels] = input;
      if (input.length !== 2 || steps === undefined || channels === undefined) return needsSteps(input);
      const length = windowOutputLength(steps, poolSize, strides ?? poolSize, padding);
      if (length < 1) return windowTooLarge('poolSize', [poolSize], 1, input);
      return { outputShape: [length, channels], weights: [], multiplyAdds: length * channels * poolSize };
    },
  });
}

function pooling2d(baseName: string) {
  return defineLayer({
    baseName,
    options: z.strictObject({
      poolSize: sizePair.default([2, 2]),
      strides: sizePair.optional(),
      padding: paddingSchema,
    }),
    infer({ poolSize, strides, padding }, input) {
      const channels = input[2];
      if (input.length !== 3 || channels === undefined) return needsImage(input);
      const area = windowOutputArea(input, poolSize, strides ?? poolSize, padding);
      if (area === undefined) return windowTooLarge('poolSize', poolSize, 1, input);
      const outputShape = [...area, channels];
      return { outputShape, weights: [], multiplyAdds: elementCount(outputShape) * elementCount(poolSize) };
    },
  });
}

function globalPooling(baseName: string, rank: 2 | 3) {
  return defineLayer({
    baseName,
    options: z.strictObject({}),
    infer(_options, input) {
      if (input.length !== rank) return rank === 2 ? needsSteps(input) : needsImage(input);
      return { outputShape: [input.at(-1) ?? 1], weights: [], multiplyAdds: elementCount(input) };
    },
  });
}

export const maxPooling1d = pooling1d('max_pooling1d');
export const maxPooling2d = pooling2d('max_pooling2d');
export const averagePooling1d = pooling1d('average_pooling1d');
export const averagePooling2d = pooling2d('average_pooling2d');
export const globalMaxPooling1d = globalPooling('global_max_pooling1d', 2);
export const globalMaxPooling2d = globalPooling('global_max_pooling2d', 3);
export const globalAveragePooling1d = globalPooling('global_average_pooling1d', 2);
export const globalAveragePooling2d = globalPooling('global_average_pooling2d', 3);
