/** Trained models as tfjs LayersModel files: what `tf.loadLayersModel` reads. */
import type { ModelPlan } from '@lockstep/core';
import { native } from '../native/tensorflow.js';
import { buildTfjsModel } from './tfjs-model.js';

/** All weights in model order, little-endian float32. */
export const WEIGHTS_FILE = 'weights.bin';
const TOPOLOGY_FILE = 'model.json';

export const LAYERS_MODEL_FILES = [TOPOLOGY_FILE, WEIGHTS_FILE] as const;

export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * `model.json` and `weights.bin`; the latter holds the little-endian float32 values of all weights in model order, so
 * its SHA-256 is the job's `weightsSha256`.
 * @param metadata goes into model.json's userDefinedMetadata
 */
export function exportLayersModel(
  plan: ModelPlan,
  parameters: Float32Array,
  metadata: Readonly<Record<string, unknown>>,
): ModelFile[] {
  const model = buildTfjsModel(plan);
  const topology: unknown = model.toJSON(null, false);
  model.dispose();
  const description = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-layers v${native().tf.version['tfjs-layers']}`,
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [
      {
        paths: [WEIGHTS_FILE],
        weights: plan.weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: metadata,
  };
  return [
    { name: TOPOLOGY_FILE, bytes: new TextEncoder().encode(JSON.stringify(description)) },
    { name: WEIGHTS_FILE, bytes: littleEndianBytes(parameters) },
  ];
}

/** The machine is little-endian wherever tfjs-node runs (x86-64, aarch64), so the values' own bytes serve. */
export function littleEndianBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
