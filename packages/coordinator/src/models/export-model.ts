/** A model in the formats of others, as files. */
import { namedWeights, planModel, LockstepError, writeModelWeights, type ModelVersion } from '@lockstep/core';
import { LAYERS_MODEL_FILES, type ModelFile } from '@lockstep/engine';
import type { PredictionService } from './prediction-service.js';
import type { ModelRegistry } from './registry.js';

export const EXPORT_FORMATS = ['tfjs', 'savedmodel', 'safetensors'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** @throws LockstepError NOT_FOUND, HASH_MISMATCH, MODEL_NOT_RECORDABLE */
export async function exportModel(
  format: ExportFormat,
  model: ModelVersion,
  registry: ModelRegistry,
  predictions: PredictionService,
): Promise<readonly ModelFile[]> {
  switch (format) {
    case 'tfjs':
      return Promise.all(LAYERS_MODEL_FILES.map(async (name) => ({ name, bytes: await registry.file(model, name) })));
    case 'savedmodel':
      return predictions.savedModel(model);
    case 'safetensors':
      return [{ name: 'model.safetensors', bytes: await safetensorsOf(model, registry) }];
  }
}

async function safetensorsOf(model: ModelVersion, registry: ModelRegistry): Promise<Uint8Array> {
  const { layers, features, classNames, labelNames, output, name, version } = model;
  const { parameters } = await registry.weights(`${name}/${version}`);
  const planned = planModel(layers, features.shape);
  if (!planned.ok) throw new LockstepError('INVALID_MODEL', 'the model has faults', { faults: planned.faults });
  const description = {
    layers: [...layers],
    features: { ...features, shape: [...features.shape] },
    classNames: [...classNames],
    labelNames: [...labelNames],
    output,
  };
  return writeModelWeights(description, namedWeights(planned.model, parameters));
}
