/** From a planned model to tfjs layers: the same options, under the same names, weights in the same order. */
import { LockstepError, type LayerPlan, type ModelPlan } from '@lockstep/core';
import type { layers, Sequential, Tensor } from '@tensorflow/tfjs-node';
import { native } from '../native/tensorflow.js';
import { namingLayer } from './naming-layers.js';

/** Weights come from the plan's own seeded initialisers, so tfjs need not draw any. */
function withoutInitializers(options: object): Record<string, unknown> {
  const entries = Object.entries<unknown>({ ...options });
  return Object.fromEntries(entries.map(([name, value]) => [name, name.endsWith('Initializer') ? 'zeros' : value]));
}

function tfjsLayer(plan: LayerPlan, input: object): layers.Layer {
  const factories = native().tf.layers as unknown as Record<string, (options: object) => layers.Layer>;
  const factory = factories[plan.type];
  if (factory === undefined) throw new LockstepError('MODEL_NOT_RECORDABLE', 'tfjs has no layer of this type');
  // tfjs does not work out a -1 in a reshape's targetShape before it runs, so the layers behind would not know theirs.
  const options = plan.type === 'reshape' ? { targetShape: plan.outputShape } : plan.options;
  return factory({ ...withoutInitializers(options), name: plan.name, ...input });
}

/**
 * A tfjs model of the plan, its weights all zero.
 * @throws LockstepError INTERNAL when tfjs sees other weights than the plan
 */
export function buildTfjsModel(plan: ModelPlan): Sequential {
  const { tf } = native();
  const model = tf.sequential();
  plan.layers.forEach((layer, index) => {
    const input = index === 0 ? { inputShape: plan.inputShape } : {};
    namingLayer(layer, () => {
      model.add(tfjsLayer(layer, input));
    });
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

/**
 * Runs `compute` while each weight of the model reads as the given tensor.
 * @param tensors one a weight, in model order
 */
export function withWeights<T>(model: Sequential, tensors: readonly Tensor[], compute: () => T): T {
  const variables = model.trainableWeights;
  variables.forEach((variable, index) => {
    variable.read = () => tensors[index] as Tensor;
  });
  try {
    return compute();
  } finally {
    // What was put in front of the class's own method goes.
    for (const variable of variables) Reflect.deleteProperty(variable, 'read');
  }
}
