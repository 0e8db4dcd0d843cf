/**
 * `model.file`: the model.json of a tfjs LayersModel, as tfjs saves it or Keras's converter writes it, made into layers of
 * a job file. What a job cannot have is refused with the layer named; nothing is left out silently.
 */
import type { Fault } from '../errors.js';
import { activationOf, initializerOf } from './keras-values.js';
import { chainOf, type KerasLayer } from './layers-model-chain.js';
import { planModel } from './model-plan.js';
import { layerSchema, LAYER_TYPES, LAYERS, type LayerSpec, type LayerType } from './registry.js';
import type { Shape } from './shape.js';

/** A layer as a job file has it. */
export type ConvertedLayer = Readonly<Record<string, unknown>> & { readonly type: LayerType; readonly name: string };

export type LayersModelResult =
  | { readonly ok: true; readonly layers: readonly ConvertedLayer[]; readonly inputShape: Shape | null }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Keras's classes that are an activation function by themselves. */
const ACTIVATION_CLASSES: Readonly<Record<string, string>> = { ReLU: 'relu', Softmax: 'softmax', ELU: 'elu' };

/** Options that a layer here does not have, and the values with which Keras's is the same. */
const ONLY: Readonly<Record<string, readonly unknown[]>> = {
  data_format: ['channels_last', null],
  noise_shape: [null],
  ...{ go_backwards: [false], stateful: [false], time_major: [false], return_state: [false], reset_after: [false] },
  ...{ dropout: [0], recurrent_dropout: [0], groups: [1], output_padding: [null], keepdims: [false] },
  ...{ max_value: [null, 6], negative_slope: [0, null], threshold: [0, null], alpha: [1], dilation_rate: [1] },
};

/** Say nothing about what is computed. */
const IGNORED = new Set([
  ...[
    'name',
    'trainable',
    'dtype',
    'batch_input_shape',
    'batch_shape',
    'batch_size',
    'input_dtype',
    'sparse',
    'ragged',
  ],
  ...['seed', 'unroll', 'implementation', 'recurrent_implementation', 'zero_output_for_mask', 'input_shape', 'module'],
]);

/** @param file the parsed model.json, or only its modelTopology */
export function readLayersModel(file: unknown): LayersModelResult {
  const chain = chainOf(file);
  if (!chain.ok) return chain;
  const faults: Fault[] = [];
  const layers: ConvertedLayer[] = [];
  for (const [index, layer] of chain.layers.entries()) {
    const path = `model.file.layers[${index}] (${layer.name.slice(0, 80)})`;
    const converted = convert(layer, rankBefore(layers, chain.inputShape));
    if (typeof converted === 'string') faults.push({ path, message: converted });
    else layers.push(converted);
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, layers, inputShape: chain.inputShape };
}

/** A job file whose model is such a file, with the layers in its place; anything else as it is. */
export function withLayersOfFile(job: unknown): { readonly job: unknown; readonly faults: readonly Fault[] } {
  const model = memberOf(job, 'model');
  const file = memberOf(model, 'file');
  if (typeof file === 'string') {
    const message = 'is read by `lockstep train`, which sends what is in it: send the parsed model.json itself';
    return { job, faults: [{ path: 'model.file', message }] };
  }
  if (typeof file !== 'object' || file === null) return { job, faults: [] };
  const { file: _file, ...rest } = model as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(rest, 'layers')) {
    return { job, faults: [{ path: 'model.file', message: 'stands beside layers; a model has one or the other' }] };
  }
  const result = readLayersModel(file);
  if (!result.ok) return { job, faults: result.faults };
  return { job: { ...(job as object), model: { ...rest, layers: result.layers } }, faults: [] };
}

/** The name that a layer gets here: without what names of layers may not have. */
export function layerNameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
}

/** Dimensions of what goes into the next layer, with the batch's. */
function rankBefore(layers: readonly ConvertedLayer[], inputShape: Shape | null): number | undefined {
  if (inputShape === null) return undefined;
  const specs: LayerSpec[] = [];
  for (const layer of layers) {
    const parsed = layerSchema.safeParse(layer);
    if (!parsed.success) return undefined;
    specs.push(parsed.data);
  }
  const planned = planModel(specs, inputShape);
  return planned.ok ? planned.model.outputShape.length + 1 : undefined;
}

/** @returns the layer, or why it cannot be one */
function convert(layer: KerasLayer, rank: number | undefined): ConvertedLayer | string {
  const { className, config } = layer;
  const activation = ACTIVATION_CLASSES[className];
  const type = activation === undefined ? typeOf(className) : 'activation';
  if (type === undefined) {
    const known = LAYER_TYPES.filter((known) => known !== 'activation').join(', ');
    return `is a ${className.slice(0, 80)}, which is not available; layers are ${known}`;
  }
  const known = LAYERS[type].options.shape as Readonly<Record<string, unknown>>;
  const options: Record<string, unknown> = {};
  if (activation !== undefined) options['activation'] = config['max_value'] === 6 ? 'relu6' : activation;
  for (const [key, value] of Object.entries(config)) {
    const own = camelCase(key);
    const option = Object.hasOwn(known, own) ? optionOf(key, value, type, rank) : leftOut(key, value);
    if (option.fault !== undefined) return option.fault;
    if ('value' in option) options[own] = option.value;
  }
  return { ...options, type, name: layerNameOf(layer.name), trainable: config['trainable'] !== false };
}

interface Option {
  readonly value?: unknown;
  readonly fault?: string;
}

function optionOf(key: string, value: unknown, type: LayerType, rank: number | undefined): Option {
  if (key.endsWith('_initializer')) {
    const initializer = initializerOf(value);
    return initializer === undefined ? unknown(key, value) : { value: initializer };
  }
  if (key === 'activation' || key === 'recurrent_activation') {
    const activation = activationOf(value);
    return activation === undefined ? unknown(key, value) : { value: activation };
  }
  if (key === 'axis') {
    const [axis] = Array.isArray(value) ? (value as unknown[]) : [value];
    return axis === -1 || (rank !== undefined && axis === rank - 1) ? { value: -1 } : unknown(key, value);
  }
  // What tfjs writes for an option that was not given, and takes as no.
  if (key === 'unit_forget_bias' && value === null) return { value: false };
  // Keras writes the size of a window over one dimension as a list of one.
  if (type.endsWith('1d') && Array.isArray(value) && value.length === 1) return { value: (value as unknown[])[0] };
  return { value };
}

/** For options that no layer here has. */
function leftOut(key: string, value: unknown): Option {
  if (IGNORED.has(key)) return key === 'dtype' && !isFloat32(value) ? unknown(key, value) : {};
  if (key === 'axis' && value === -1) return {};
  const single: unknown = Array.isArray(value) && value.every((element) => element === value[0]) ? value[0] : value;
  if (Object.hasOwn(ONLY, key)) return ONLY[key]?.includes(single) === true ? {} : unknown(key, value);
  return value === null || value === false ? {} : unknown(key, value);
}

function unknown(key: string, value: unknown): Option {
  return { fault: `has ${key} ${JSON.stringify(value).slice(0, 80)}, which is not available` };
}

function isFloat32(dtype: unknown): boolean {
  const name = typeof dtype === 'object' && dtype !== null ? memberOf(memberOf(dtype, 'config'), 'name') : dtype;
  return name === 'float32' || name === null || name === undefined;
}

function typeOf(className: string): LayerType | undefined {
  return LAYER_TYPES.find((type) => type.toLowerCase() === className.toLowerCase());
}

function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
