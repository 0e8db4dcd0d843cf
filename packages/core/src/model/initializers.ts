/**
 * Initializers of weights as a job file names them (tfjs's names): a string, or an object with `type` and parameters.
 * Parsed, they are always objects with every parameter filled in. `initial-weights.ts` draws the values.
 */
import { z } from 'zod';

const finite = z.number().min(-1e6).max(1e6);
const stddev = z.number().min(0).max(1e6);

function plain<T extends string>(type: T) {
  return z.strictObject({ type: z.literal(type) });
}

const initializerObject = z.discriminatedUnion('type', [
  plain('glorotUniform'),
  plain('glorotNormal'),
  plain('heUniform'),
  plain('heNormal'),
  plain('leCunUniform'),
  plain('leCunNormal'),
  plain('zeros'),
  plain('ones'),
  z.strictObject({ type: z.literal('constant'), value: finite.default(0) }),
  z.strictObject({ type: z.literal('randomNormal'), mean: finite.default(0), stddev: stddev.default(0.05) }),
  z.strictObject({ type: z.literal('truncatedNormal'), mean: finite.default(0), stddev: stddev.default(0.05) }),
  z.strictObject({ type: z.literal('randomUniform'), minval: finite.default(-0.05), maxval: finite.default(0.05) }),
  z.strictObject({ type: z.literal('orthogonal'), gain: finite.default(1) }),
]);

export type Initializer = z.output<typeof initializerObject>;

export const INITIALIZERS = [
  'glorotUniform',
  'glorotNormal',
  'heUniform',
  'heNormal',
  'leCunUniform',
  'leCunNormal',
  'zeros',
  'ones',
  'constant',
  'randomNormal',
  'truncatedNormal',
  'randomUniform',
  'orthogonal',
] as const satisfies readonly Initializer['type'][];

export const initializerSchema = z.union([
  z.enum(INITIALIZERS).transform((type): Initializer => initializerObject.parse({ type })),
  initializerObject,
]);

/**
 * What a weight starts from. `forgetGateOnes` is an LSTM's bias of 4 gates (input, forget, cell, output): `base` for all
 * but the forget gate, which starts at 1 so that a fresh network remembers (Jozefowicz et al. 2015; tfjs's
 * `unitForgetBias`).
 */
export type WeightInitializer = Initializer | { readonly type: 'forgetGateOnes'; readonly base: Initializer };

/**
 * Inputs and outputs that one element of a weight connects, as `computeFans` of tfjs and Keras: the last two dimensions
 * are input and output channels, those before them the receptive field; other ranks count as square.
 */
export function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const output = shape.at(-1);
  const input = shape.at(-2);
  if (input === undefined || output === undefined) return { fanIn: Math.sqrt(size), fanOut: Math.sqrt(size) };
  const field = size / (input * output);
  return { fanIn: field * input, fanOut: field * output };
}
