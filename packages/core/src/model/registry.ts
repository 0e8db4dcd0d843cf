/** All layer types, by the name that a job file gives. */
import { z } from 'zod';
import { conv1d, conv2d, conv2dTranspose, depthwiseConv2d } from './layers/convolution.js';
import { dense } from './layers/dense.js';
import { activation, dropout, layerNormalization } from './layers/elementwise.js';
import {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
} from './layers/pooling.js';
import { gru, lstm, simpleRNN } from './layers/recurrent.js';
import { flatten, reshape } from './layers/reshaping.js';

export const LAYERS = {
  dense,
  conv1d,
  conv2d,
  depthwiseConv2d,
  conv2dTranspose,
  maxPooling1d,
  maxPooling2d,
  averagePooling1d,
  averagePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  flatten,
  reshape,
  activation,
  dropout,
  layerNormalization,
  simpleRNN,
  lstm,
  gru,
};

export type LayerType = keyof typeof LAYERS;
export const LAYER_TYPES = Object.keys(LAYERS) as LayerType[];

/** Zod's type of an object without keys, Record<string, never>, would forbid `type` and `name` beside them. */
type Keys<Options> = Options extends Record<string, never> ? unknown : Options;

/** A layer type's options with every default filled in. */
export type LayerOptions<T extends LayerType> = Keys<z.output<(typeof LAYERS)[T]['options']>>;

const layerName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, underscores and dashes');

/** A layer as a job file has it, with defaults filled in: `type` and the options of that type. */
export type LayerSpec = {
  [T in LayerType]: {
    readonly type: T;
    readonly name?: string | undefined;
    /** Whether training changes its weights. */
    readonly trainable: boolean;
  } & Readonly<LayerOptions<T>>;
}[LayerType];

/** The same as written, before defaults. */
export type LayerInput = {
  [T in LayerType]: { type: T; name?: string | undefined; trainable?: boolean | undefined } & Keys<
    z.input<(typeof LAYERS)[T]['options']>
  >;
}[LayerType];

const trainable = z.boolean().default(true).describe('Whether training changes the layer’s weights');

type LayerObject = z.ZodObject<{
  type: z.ZodLiteral<LayerType>;
  name: z.ZodOptional<typeof layerName>;
  trainable: typeof trainable;
}>;

const layerObjects = LAYER_TYPES.map((type): LayerObject =>
  LAYERS[type].options.extend({ type: z.literal(type), name: layerName.optional(), trainable }),
);

// A list made by `map` has forgotten which options belong to which type; the two types above are what it accepts.
export const layerSchema = z.discriminatedUnion(
  'type',
  layerObjects as [LayerObject, ...LayerObject[]],
) as unknown as z.ZodType<LayerSpec, LayerInput>;
