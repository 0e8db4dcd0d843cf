/** A model.json with its weights as the safetensors file that the service takes as a model. */
import { LockstepError } from './errors.js';
import { readManifestWeights, weightsManifestOf } from './model/layers-model-weights.js';
import { readLayersModel } from './model/layers-model.js';
import { planModel } from './model/model-plan.js';
import { layerSchema } from './model/registry.js';
import { namedWeights, writeModelWeights } from './model-weights.js';

/**
 * @param file the parsed model.json
 * @param groups bytes of each element of its `weightsManifestOf`: its files, one after the other
 * @throws LockstepError INVALID_MODEL, naming the layer or the weight
 */
export function convertLayersModel(file: unknown, groups: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const read = readLayersModel(file);
  if (!read.ok) throw new LockstepError('INVALID_MODEL', 'the model file has faults', { faults: read.faults });
  const { inputShape } = read;
  if (inputShape === null) {
    throw new LockstepError('INVALID_MODEL', 'the model file does not say what shape its input has', {
      hint: 'Save it after it was built, or with an inputShape at its first layer.',
    });
  }
  const layers = read.layers.map((layer) => layerSchema.safeParse(layer));
  const parsed = layers.flatMap((layer) => (layer.success ? [layer.data] : []));
  const wrong = layers.findIndex((layer) => !layer.success);
  if (wrong >= 0) {
    const issue = layers[wrong]?.error?.issues[0];
    const path = `model.file.layers[${wrong}] (${read.layers[wrong]?.name ?? ''})`;
    const message = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`;
    throw new LockstepError('INVALID_MODEL', 'the model file has faults', { faults: [{ path, message }] });
  }
  const planned = planModel(parsed, inputShape);
  if (!planned.ok) throw new LockstepError('INVALID_MODEL', 'the model file has faults', { faults: planned.faults });
  const parameters = readManifestWeights(planned.model, weightsManifestOf(file), groups);
  const description = { layers: [...read.layers] as never[], features: { shape: [...inputShape] } };
  return writeModelWeights(description, namedWeights(planned.model, parameters));
}
