/** Optimisers by the field's names, with tfjs's defaults: a string, or an object with `type` and settings. */
import { z } from 'zod';
import { LEAST_DIVISOR } from '../model/float32.js';

const rate = (value: number) => z.number().gt(0).max(1e6).default(value).describe('How far a step goes');
/** A factor of exponential averaging: below 1, or nothing new would ever come in. */
const decayRate = (value: number, description: string) => z.number().min(0).lt(1).default(value).describe(description);
const momentum = decayRate(0, 'Share of the last step that is taken again');
const epsilon = z.number().min(LEAST_DIVISOR).max(1).default(1e-7).describe('Keeps divisors from 0');

const adamSettings = {
  learningRate: rate(0.001),
  beta1: decayRate(0.9, 'What the average of gradients keeps of itself in a step'),
  beta2: decayRate(0.999, 'What the average of squared gradients keeps of itself in a step'),
  epsilon,
};

const optimizerObject = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sgd'),
    learningRate: rate(0.01),
    momentum,
    nesterov: z.boolean().default(false).describe('Nesterov’s momentum: the gradient of where the step leads'),
  }),
  z.strictObject({ type: z.literal('adam'), ...adamSettings }),
  z.strictObject({
    type: z.literal('adamw'),
    ...adamSettings,
    weightDecay: z
      .number()
      .min(0)
      .max(1e6)
      .default(0.01)
      .describe('Share of each weight, times the rate, that a step takes off'),
  }),
  z.strictObject({
    type: z.literal('rmsprop'),
    learningRate: rate(0.001),
    decay: decayRate(0.9, 'What the average of squared gradients keeps of itself in a step'),
    momentum,
    epsilon,
    centered: z.boolean().default(false).describe('Divides by the deviation of the gradients, not by their size'),
  }),
  z.strictObject({
    type: z.literal('adagrad'),
    learningRate: rate(0.01),
    initialAccumulatorValue: z
      .number()
      .min(0)
      .max(1e6)
      .default(0.1)
      .describe('What the sums of squared gradients start from'),
  }),
]);

/** With every setting filled in; narrow on `type`. */
export type OptimizerSpec = z.output<typeof optimizerObject>;

export const OPTIMIZERS = [
  'sgd',
  'adam',
  'adamw',
  'rmsprop',
  'adagrad',
] as const satisfies readonly OptimizerSpec['type'][];

export const optimizerSchema = z.union([
  z.enum(OPTIMIZERS).transform((type): OptimizerSpec => optimizerObject.parse({ type })),
  optimizerObject,
]);
