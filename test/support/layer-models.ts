/** A small model for each layer type, and for each of its options that makes other graphs. */
import { ACTIVATIONS, LAYER_TYPES, type LayerType } from '@lockstep/core';
import type { LayerFile, MadeUpJob } from './made-up-job.js';

export interface LayerModel {
  readonly name: string;
  /** The layer type that it is about. */
  readonly type: LayerType;
  readonly job: MadeUpJob;
}

const image = [7, 6, 2];
const steps = [6, 3];
const vector = [5];

/** The layer between others with weights, so that a gradient flows through it as well as into it. */
function around(layer: LayerFile, featureShape: readonly number[]): MadeUpJob {
  const before: LayerFile =
    featureShape.length === 3
      ? { type: 'conv2d', filters: 2, kernelSize: 2, padding: 'same', name: 'before' }
      : { type: 'dense', units: featureShape.at(-1), name: 'before' };
  return { featureShape, layers: [before, { ...layer, name: 'tested' }, ...toClasses(layer, featureShape)] };
}

/** Leads to three classes; flatten refuses what is flat already. */
function toClasses(layer: LayerFile, featureShape: readonly number[]): LayerFile[] {
  const recurrent = layer.type === 'lstm' || layer.type === 'gru' || layer.type === 'simpleRNN';
  const flat =
    layer.type.startsWith('global') ||
    layer.type === 'flatten' ||
    featureShape.length === 1 ||
    (recurrent && layer.returnSequences !== true);
  return [...(flat ? [] : [{ type: 'flatten' as const }]), { type: 'dense', units: 3, name: 'after' }];
}

const IMAGE_LAYERS: readonly LayerFile[] = [
  { type: 'conv2d', filters: 3, kernelSize: 3 },
  { type: 'conv2d', filters: 3, kernelSize: [2, 3], padding: 'same', strides: [2, 1], activation: 'relu' },
  { type: 'conv2d', filters: 3, kernelSize: 2, useBias: false, activation: 'tanh' },
  { type: 'depthwiseConv2d', kernelSize: 3 },
  { type: 'depthwiseConv2d', kernelSize: 2, depthMultiplier: 2, strides: 2, padding: 'same', activation: 'relu' },
  { type: 'conv2dTranspose', filters: 3, kernelSize: 3 },
  { type: 'conv2dTranspose', filters: 2, kernelSize: [2, 3], strides: 2, padding: 'same', activation: 'sigmoid' },
  { type: 'maxPooling2d' },
  { type: 'maxPooling2d', poolSize: [3, 2], strides: 1, padding: 'same' },
  { type: 'averagePooling2d' },
  { type: 'averagePooling2d', poolSize: 3, strides: [2, 1], padding: 'same' },
  { type: 'globalMaxPooling2d' },
  { type: 'globalAveragePooling2d' },
  { type: 'flatten' },
  { type: 'reshape', targetShape: [-1, 4] },
  { type: 'layerNormalization' },
];

const STEP_LAYERS: readonly LayerFile[] = [
  { type: 'conv1d', filters: 4, kernelSize: 3 },
  { type: 'conv1d', filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' },
  { type: 'maxPooling1d' },
  { type: 'maxPooling1d', poolSize: 3, strides: 2, padding: 'same' },
  { type: 'averagePooling1d' },
  { type: 'averagePooling1d', poolSize: 3, strides: 1, padding: 'same' },
  { type: 'globalMaxPooling1d' },
  { type: 'globalAveragePooling1d' },
  { type: 'dense', units: 4, activation: 'relu' },
  { type: 'simpleRNN', units: 4 },
  { type: 'simpleRNN', units: 4, returnSequences: true, activation: 'relu', useBias: false },
  { type: 'lstm', units: 4 },
  { type: 'lstm', units: 4, returnSequences: true, recurrentActivation: 'sigmoid', unitForgetBias: false },
  { type: 'gru', units: 4 },
  { type: 'gru', units: 4, returnSequences: true, recurrentActivation: 'sigmoid', useBias: false },
];

const VECTOR_LAYERS: readonly LayerFile[] = [
  { type: 'dense', units: 4, useBias: false },
  { type: 'layerNormalization', epsilon: 1e-5 },
  { type: 'dropout', rate: 0 },
  { type: 'dropout', rate: 0.5 },
  ...ACTIVATIONS.map((activation): LayerFile => ({ type: 'activation', activation })),
];

function models(layers: readonly LayerFile[], featureShape: readonly number[]): LayerModel[] {
  return layers.map((layer) => {
    const { type, ...options } = layer;
    const shown = Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
    return { name: [type, ...shown].join(' '), type, job: around(layer, featureShape) };
  });
}

export const LAYER_MODELS: readonly LayerModel[] = [
  ...models(IMAGE_LAYERS, image),
  ...models(STEP_LAYERS, steps),
  ...models(VECTOR_LAYERS, vector),
];

/** Models that TensorFlow has no gradient for on a CPU, or tfjs none at all. */
export const UNTRAINABLE_LAYER_MODELS: readonly LayerModel[] = [
  ...models([{ type: 'conv2d', filters: 2, kernelSize: 2, dilationRate: 2 }], image),
  ...models([{ type: 'conv1d', filters: 2, kernelSize: 2, dilationRate: 2, padding: 'same' }], steps),
];

/** Layer types that have no model here. */
export const MISSING_LAYER_TYPES = LAYER_TYPES.filter((type) => !LAYER_MODELS.some((model) => model.type === type));
