/** What every layer type tells the planner. A new layer is one definition, added to the table in `registry.ts`. */
import { z } from 'zod';
import type { WeightInitializer } from './initializers.js';
import type { Shape } from './shape.js';

/** One weight of a layer, named as tfjs names it without the layer's name. */
export interface WeightShape {
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: WeightInitializer;
}

export interface LayerInference {
  readonly outputShape: Shape;
  /** In tfjs's order. */
  readonly weights: readonly WeightShape[];
  /** Estimated multiply-adds of the forward pass for one sample. */
  readonly multiplyAdds: number;
  /** float32 elements that one sample keeps alive for the backward pass; the output's elements where absent. */
  readonly activations?: number;
}

/** Why a layer cannot take its input; the planner names the layer. */
export interface LayerMisfit {
  readonly misfit: string;
}

export interface LayerDefinition<S extends z.ZodObject> {
  /** Keras's snake_case name, from which unnamed layers are called `<baseName>_1`, `<baseName>_2` and so on. */
  readonly baseName: string;
  /** Strict schema of the options, without `type` and `name`. */
  readonly options: S;
  infer(options: z.output<S>, input: Shape): LayerInference | LayerMisfit;
}

/** Only fixes the type parameter, so that each definition keeps the exact type of its options. */
export function defineLayer<S extends z.ZodObject>(definition: LayerDefinition<S>): LayerDefinition<S> {
  return definition;
}

/** Counts of units, filters and the like; the memory estimate refuses what is absurd in sum. */
export const positiveCount = z
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1);

/** A size given as one number or as [height, width]; always a pair once parsed. */
export const sizePair = z
  .union([positiveCount, z.tuple([positiveCount, positiveCount])])
  .transform((size): [number, number] => (typeof size === 'number' ? [size, size] : size));

export const paddingSchema = z.enum(['valid', 'same']).default('valid');
