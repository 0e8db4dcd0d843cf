/** Starting a model from another one's weights: layers of the same name take them, the others are drawn as usual. */
import type { Fault } from '../errors.js';
import type { LayerPlan, ModelPlan } from './model-plan.js';
import { formatShape } from './shape.js';

/**
 * What stands against starting `model` from `base`, each fault with its layer: a layer of the same name that is another,
 * a frozen layer that `base` does not have, or nothing in common.
 * @param name of the base, for people
 */
export function transferFaults(model: ModelPlan, base: ModelPlan, name: string): Fault[] {
  const known = layersByName(base);
  const faults = model.layers.flatMap((layer, index): Fault[] => {
    if (layer.weights.length === 0) return [];
    const path = `model.layers[${index}] (${layer.name})`;
    const other = known.get(layer.name);
    if (other !== undefined) {
      const message = difference(layer, other, name);
      return message === undefined ? [] : [{ path, message }];
    }
    if (layer.trainable) return [];
    return [{ path, message: `is frozen, but ${name} has no layer of its name to take weights from` }];
  });
  if (faults.length > 0 || model.layers.some((layer) => layer.weights.length > 0 && known.has(layer.name)))
    return faults;
  const there = [...known.keys()].slice(0, 20).join(', ');
  return [{ path: 'model.initialWeights', message: `${name} has no layer of the names here: its layers are ${there}` }];
}

/**
 * @param drawn all weights of `model`, as its seed has them
 * @param weights all weights of `base`, which has no `transferFaults`
 * @returns all weights of `model` to start from
 */
export function transferWeights(
  model: ModelPlan,
  drawn: Float32Array,
  base: ModelPlan,
  weights: Float32Array,
): Float32Array {
  const start = drawn.slice();
  const known = new Map(base.weights.map((weight) => [weight.name, weight]));
  for (const { name, offset } of model.weights) {
    const taken = known.get(name);
    if (taken !== undefined) start.set(weights.subarray(taken.offset, taken.offset + taken.size), offset);
  }
  return start;
}

function layersByName(base: ModelPlan): Map<string, LayerPlan> {
  return new Map(base.layers.filter((layer) => layer.weights.length > 0).map((layer) => [layer.name, layer]));
}

function difference(layer: LayerPlan, other: LayerPlan, base: string): string | undefined {
  const advice = 'give the layer another name to have it start anew';
  if (layer.type !== other.type) return `is of type ${layer.type}, in ${base} of ${other.type}; ${advice}`;
  if (weightsOf(layer) === weightsOf(other)) return undefined;
  return `has ${weightsOf(layer)}, in ${base} ${weightsOf(other)}; ${advice}`;
}

/** Such as `kernel [784, 10] and bias [10]`. */
function weightsOf({ weights }: LayerPlan): string {
  return weights
    .map(({ name, shape }) => `${name.slice(name.lastIndexOf('/') + 1)} ${formatShape(shape)}`)
    .join(' and ');
}
