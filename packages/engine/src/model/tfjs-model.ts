/** From a planned model to tfjs layers: the same options, under the same names, weights in the same order. */
import { LockstepError, type LayerPlan, type ModelPlan } from '@lockstep/core';
import type { layers, Sequential, Tensor } from '@tensorflow/tfjs-node';
import { native } from '../native/tensorflow.js';

export type TfjsLayer = layers.Layer;

/** Weights come from the plan's own seeded initialisers, so tfjs need not draw any. */
function withoutInitializers(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(options).map(([name, value]) => [name, name.endsWith('Initializer') ? 'zeros' : value]);
  return Object.fromEntries(kept) as Record<string, unknown>;
}

function tfjsLayer(plan: LayerPlan): TfjsLayer {
  const factories = native().tf.layers as unknown as Record<string, (options: object) => TfjsLayer>;
  const factory = factories[plan.type];
  if (factory === undefined) {
    throw new LockstepError('MODEL_NOT_RECORDABLE', `layer ${plan.name}: tfjs has no layer of type ${plan.type}`);
  }
  return factory({ ...withoutInitializers(plan.options as Record<string, unknown>), name: plan.name });
}

/**
 * A tfjs model of the plan, its weights all zero.
 * @throws LockstepError INTERNAL when tfjs sees other weights than the plan
 */
export function buildTfjsModel(plan: ModelPlan): Sequential {
  const { tf } = native();
  const model = tf.sequential();
  plan.layers.forEach((layer, index) => {
    const built = tfjsLayer(layer);
    if (index === 0)
      (built as unknown as { batchInputShape: (number | null)[] }).batchInputShape = [null, ...plan.inputShape];
    model.add(built);
  });
  checkWeights(model, plan);
  return model;
}

function checkWeights(model: Sequential, plan: ModelPlan): void {
  const found = model.trainableWeights.map((weight) => `${weight.originalName} ${weight.shape.join('x')}`);
  const wanted = plan.weights.map((weight) => `${weight.name} ${weight.shape.join('x')}`);
  if (found.join() !== wanted.join()) {
    throw new LockstepError(
      'INTERNAL',
      `the plan's weights [${wanted.join()}] are not those of tfjs [${found.join()}]`,
    );
  }
}

/** Puts the flat vector's values into the model's weights. */
export function setWeights(model: Sequential, plan: ModelPlan, flat: Float32Array): void {
  const { tf } = native();
  tf.tidy(() => {
    const tensors = plan.weights.map(({ offset, size, shape }) =>
      tf.tensor(flat.slice(offset, offset + size), [...shape], 'float32'),
    );
    model.setWeights(tensors);
  });
}

/**
 * Runs `compute` while each weight of the model reads as the given tensor.
 * @param tensors one a weight, in model order
 */
export function withWeights<T>(model: Sequential, tensors: readonly Tensor[], compute: () => T): T {
  const variables = model.trainableWeights;
  const reads = variables.map((variable) => variable.read);
  variables.forEach((variable, index) => {
    variable.read = () => tensors[index] as Tensor;
  });
  try {
    return compute();
  } finally {
    variables.forEach((variable, index) => {
      variable.read = reads[index] as () => Tensor;
    });
  }
}
