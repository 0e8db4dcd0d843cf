/** Values in a model.json by Keras's names, as job files have them. */
import { ACTIVATIONS, type Activation } from './activations.js';
import { INITIALIZERS } from './initializers.js';

type Members = Readonly<Record<string, unknown>>;

/** Keras's names that are not ours without their underscores. */
const ACTIVATION_NAMES: Readonly<Record<string, Activation>> = { silu: 'swish' };
const PARAMETERS = ['value', 'mean', 'stddev', 'minval', 'maxval', 'gain'];

/** @returns undefined for one that there is not */
export function activationOf(value: unknown): Activation | undefined {
  const name = typeof value === 'object' ? nameOf(value) : value;
  if (name === null || name === undefined) return 'linear';
  if (typeof name !== 'string') return undefined;
  return ACTIVATION_NAMES[name] ?? ACTIVATIONS.find((known) => same(known, name));
}

/**
 * @param value a name, or `{ class_name, config }`
 * @returns as a job file has it; undefined for one that there is not
 */
export function initializerOf(value: unknown): Members | undefined {
  const name = typeof value === 'string' ? value : nameOf(value);
  const config = configOf(value);
  if (typeof name !== 'string') return undefined;
  if (same(name, 'VarianceScaling')) return varianceScaling(config);
  const type = INITIALIZERS.find((known) => same(known, name));
  if (type === undefined) return undefined;
  const parameters = PARAMETERS.filter((key) => config[key] !== undefined && config[key] !== null);
  return { type, ...Object.fromEntries(parameters.map((key) => [key, config[key]])) };
}

/** What tfjs writes for all of Glorot's, He's and LeCun's. */
function varianceScaling({ scale, mode, distribution }: Members): Members | undefined {
  const kind = distribution === 'uniform' ? 'Uniform' : 'Normal';
  if (mode === 'fan_avg' && scale === 1) return { type: `glorot${kind}` };
  if (mode === 'fan_in' && (scale === 1 || scale === 2)) return { type: `${scale === 2 ? 'he' : 'leCun'}${kind}` };
  return undefined;
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as Members)['class_name'] : undefined;
}

function configOf(value: unknown): Members {
  const config = typeof value === 'object' && value !== null ? (value as Members)['config'] : undefined;
  return typeof config === 'object' && config !== null ? (config as Members) : {};
}

/** glorot_uniform, GlorotUniform and glorotUniform are one. */
function same(a: string, b: string): boolean {
  const bare = (name: string): string => name.replaceAll('_', '').toLowerCase();
  return bare(a) === bare(b);
}
