/** Activation functions by the names that tfjs's layers accept. */
import { z } from 'zod';

export const ACTIVATIONS = [
  'linear',
  'relu',
  'relu6',
  'elu',
  'selu',
  'gelu',
  'swish',
  'mish',
  'sigmoid',
  'hardSigmoid',
  'tanh',
  'softplus',
  'softsign',
  'softmax',
] as const;

export type Activation = (typeof ACTIVATIONS)[number];

export const activationSchema = z.enum(ACTIVATIONS);
