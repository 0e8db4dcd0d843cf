/** Convolutions over [steps, channels] and [height, width, channels]; kernels are laid out as tfjs has them. */
import { z } from 'zod';
import { activationSchema } from '../activations.js';
import { initializerSchema, type Initializer } from '../initializers.js';
import {
  defineLayer,
  paddingSchema,
  positiveCount,
  sizePair,
  type LayerMisfit,
  type WeightShape,
} from '../layer-definition.js';
import {
  elementCount,
  formatShape,
  transposedOutputLength,
  windowOutputLength,
  type Padding,
  type Shape,
} from '../shape.js';

const common = {
  padding: paddingSchema,
  activation: activationSchema.default('linear'),
  useBias: z.boolean().default(true),
  biasInitializer: initializerSchema.default({ type: 'zeros' }),
};
const kernelInitializer = initializerSchema.default({ type: 'glorotUniform' });
const onePair = sizePair.default([1, 1]);

const STRIDES_OR_DILATION = 'strides and dilationRate cannot both be greater than 1';

export const conv1d = defineLayer({
  baseName: 'conv1d',
  options: z.strictObject({
    filters: positiveCount,
    kernelSize: positiveCount,
    strides: positiveCount.default(1),
    dilationRate: positiveCount.default(1),
    kernelInitializer,
    ...common,
  }),
  infer(options, input) {
    const [steps, channels] = input;
    if (input.length !== 2 || steps === undefined || channels === undefined) return needsSteps(input);
    if (options.strides > 1 && options.dilationRate > 1) return { misfit: STRIDES_OR_DILATION };
    const { filters, kernelSize } = options;
    const length = windowOutputLength(steps, kernelSize, options.strides, options.padding, options.dilationRate);
    if (length < 1) return windowTooLarge('kernelSize', [kernelSize], options.dilationRate, input);
    return {
      outputShape: [length, filters],
      weights: withBias('kernel', [kernelSize, channels, filters], options.kernelInitializer, options, filters),
      multiplyAdds: length * filters * kernelSize * channels,
    };
  },
});

export const conv2d = defineLayer({
  baseName: 'conv2d',
  options: z.strictObject({
    filters: positiveCount,
    kernelSize: sizePair,
    strides: onePair,
    dilationRate: onePair,
    kernelInitializer,
    ...common,
  }),
  infer(options, input) {
    const channels = input[2];
    if (input.length !== 3 || channels === undefined) return needsImage(input);
    if (Math.max(...options.strides) > 1 && Math.max(...options.dilationRate) > 1) {
      return { misfit: STRIDES_OR_DILATION };
    }
    const { filters, kernelSize, strides, padding, dilationRate } = options;
    const area = windowOutputArea(input, kernelSize, strides, padding, dilationRate);
    if (area === undefined) return windowTooLarge('kernelSize', kernelSize, Math.max(...dilationRate), input);
    return {
      outputShape: [...area, filters],
      weights: withBias('kernel', [...kernelSize, channels, filters], options.kernelInitializer, options, filters),
      multiplyAdds: elementCount(area) * filters * elementCount(kernelSize) * channels,
    };
  },
});

/** Each channel is convolved on its own. No dilationRate: tfjs's layer takes the option and ignores it. */
export const depthwiseConv2d = defineLayer({
  baseName: 'depthwise_conv2d',
  options: z.strictObject({
    kernelSize: sizePair,
    depthMultiplier: positiveCount.default(1),
    strides: onePair,
    depthwiseInitializer: initializerSchema.default({ type: 'glorotUniform' }),
    ...common,
  }),
  infer(options, input) {
    const channels = input[2];
    if (input.length !== 3 || channels === undefined) return needsImage(input);
    const { kernelSize, strides, depthMultiplier, padding } = options;
    // TensorFlow's kernel takes one stride for both directions.
    if (strides[0] !== strides[1]) return { misfit: 'strides must be the same for height and width' };
    const area = windowOutputArea(input, kernelSize, strides, padding);
    if (area === undefined) return windowTooLarge('kernelSize', kernelSize, 1, input);
    const filters = channels * depthMultiplier;
    const shape = [...kernelSize, channels, depthMultiplier];
    return {
      outputShape: [...area, filters],
      weights: withBias('depthwise_kernel', shape, options.depthwiseInitializer, options, filters),
      multiplyAdds: elementCount(area) * filters * elementCount(kernelSize),
    };
  },
});

export const conv2dTranspose = defineLayer({
  baseName: 'conv2d_transpose',
  options: z.strictObject({
    filters: positiveCount,
    kernelSize: sizePair,
    strides: onePair,
    kernelInitializer,
    ...common,
  }),
  infer(options, input) {
    const [height, width, channels] = input;
    if (input.length !== 3 || height === undefined || width === undefined || channels === undefined) {
      return needsImage(input);
    }
    const { filters, kernelSize, strides, padding } = options;
    return {
      outputShape: [
        transposedOutputLength(height, kernelSize[0], strides[0], padding),
        transposedOutputLength(width, kernelSize[1], strides[1], padding),
        filters,
      ],
      weights: withBias('kernel', [...kernelSize, filters, channels], options.kernelInitializer, options, filters),
      multiplyAdds: elementCount(input) * elementCount(kernelSize) * filters,
    };
  },
});

/** [height, width] after a window has slid over an image, or undefined where it does not fit. */
export function windowOutputArea(
  input: Shape,
  window: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding,
  dilation: readonly [number, number] = [1, 1],
): [number, number] | undefined {
  const height = windowOutputLength(input[0] ?? 0, window[0], strides[0], padding, dilation[0]);
  const width = windowOutputLength(input[1] ?? 0, window[1], strides[1], padding, dilation[1]);
  return height < 1 || width < 1 ? undefined : [height, width];
}

export function needsImage(input: Shape): LayerMisfit {
  return {
    misfit: `needs an input of [height, width, channels], got ${formatShape(input)}; a reshape layer before it can make one`,
  };
}

export function needsSteps(input: Shape): LayerMisfit {
  return {
    misfit: `needs an input of [steps, features], got ${formatShape(input)}; a reshape layer before it can make one`,
  };
}

export function windowTooLarge(option: string, window: Shape, dilation: number, input: Shape): LayerMisfit {
  const dilated = dilation > 1 ? ` with dilationRate ${dilation}` : '';
  return {
    misfit:
      `${option} ${formatShape(window)}${dilated} does not fit into its input of ${formatShape(input)}; ` +
      "make it smaller or set padding to 'same'",
  };
}

function withBias(
  name: string,
  shape: Shape,
  initializer: Initializer,
  { useBias, biasInitializer }: { readonly useBias: boolean; readonly biasInitializer: Initializer },
  filters: number,
): WeightShape[] {
  const kernel = { name, shape, initializer };
  return useBias ? [kernel, { name: 'bias', shape: [filters], initializer: biasInitializer }] : [kernel];
}
