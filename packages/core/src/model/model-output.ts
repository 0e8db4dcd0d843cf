/** What the outputs of a trained model mean, and what is still to be applied to them. */
import type { ModelOutput } from '../model-registry.js';
import type { JobPlan } from '../spec/job-plan.js';
import type { LayerPlan, ModelPlan } from './model-plan.js';
import { elementCount } from './shape.js';

/**
 * Of a trained model: classes get probabilities where the loss was one of probabilities, also where the model gives
 * logits.
 */
export function modelOutputOf({ spec, model, loss }: JobPlan): ModelOutput {
  const task: string = spec.task;
  if (task !== 'multiclass' && task !== 'binary') return { kind: 'values', activation: 'none' };
  const own = ownProbabilities(model);
  if (own !== undefined) return own;
  const name: string = loss;
  if (name !== 'crossentropy' && name !== 'binaryCrossentropy') return { kind: 'scores', activation: 'none' };
  return { kind: 'probabilities', activation: elementCount(model.outputShape) === 1 ? 'sigmoid' : 'softmax' };
}

/** Of a model that came without a job: all there is to go by is its last activation. */
export function importedModelOutput(model: ModelPlan, classes: number): ModelOutput {
  const own = ownProbabilities(model);
  if (own !== undefined) return own;
  return { kind: classes > 0 ? 'scores' : 'values', activation: 'none' };
}

function ownProbabilities({ layers, outputShape }: ModelPlan): ModelOutput | undefined {
  const last = layers.at(-1);
  const activation = last === undefined ? undefined : activationOf(last);
  const single = elementCount(outputShape) === 1;
  if ((activation === 'softmax' && !single) || (activation === 'sigmoid' && single)) {
    return { kind: 'probabilities', activation: 'none' };
  }
  return undefined;
}

function activationOf(layer: LayerPlan): string | undefined {
  return 'activation' in layer.options ? layer.options.activation : undefined;
}
