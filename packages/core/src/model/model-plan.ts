/** From a list of layers to a plan: shapes inferred, weights laid out in one flat vector, costs estimated. */
import type { Fault } from '../errors.js';
import { fans, type WeightInitializer } from './initializers.js';
import type { LayerDefinition, LayerInference } from './layer-definition.js';
import { nameLayers } from './layer-names.js';
import { LAYERS, type LayerOptions, type LayerSpec, type LayerType } from './registry.js';
import { elementCount, formatShape, type Shape } from './shape.js';
import type { z } from 'zod';

export interface WeightPlan {
  /** `<layer>/<weight>`, as tfjs names it. */
  readonly name: string;
  readonly shape: Shape;
  /** Number of elements. */
  readonly size: number;
  /** First element in the flat vector of all weights. */
  readonly offset: number;
  readonly initializer: WeightInitializer;
  readonly fanIn: number;
  readonly fanOut: number;
}

interface LayerPlanOf<T extends LayerType> {
  /** Unique in the model. */
  readonly name: string;
  readonly type: T;
  /** With every default filled in; names and meaning are those of tfjs's layer. */
  readonly options: Readonly<LayerOptions<T>>;
  /** Without the batch dimension. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly weights: readonly WeightPlan[];
  /** Whether training changes the weights. */
  readonly trainable: boolean;
  /** Elements of all weights. */
  readonly parameters: number;
}

/** Narrow on `type` to get the options of that type. */
export type LayerPlan = { [T in LayerType]: LayerPlanOf<T> }[LayerType];

export interface ModelPlan {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly layers: readonly LayerPlan[];
  /** All weights in the order of the flat vector. */
  readonly weights: readonly WeightPlan[];
  readonly parameters: number;
  /** Parameters of the layers that training changes. */
  readonly trainableParameters: number;
  /** float32 elements that one sample keeps alive during a step: the input and what every layer keeps. */
  readonly activationsPerSample: number;
  /** Of one forward pass, estimated; a step costs about three times as much. */
  readonly multiplyAddsPerSample: number;
}

export type ModelPlanResult =
  { readonly ok: true; readonly model: ModelPlan } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Beyond this many elements in one output or weight no estimate is worth making (4 TiB of float32). */
const MAX_ELEMENTS = 2 ** 40;

/**
 * Plans `layers` one after the other on samples of `inputShape`. A layer that does not fit ends the inference, since
 * what follows has no input; its fault names it as `model.layers[3] (dense_1)`.
 */
export function planModel(layers: readonly LayerSpec[], inputShape: Shape): ModelPlanResult {
  const naming = nameLayers(layers);
  const plans: LayerPlan[] = [];
  let shape = inputShape;
  let parameters = 0;
  let trainableParameters = 0;
  let activationsPerSample = elementCount(inputShape);
  let multiplyAddsPerSample = 0;
  for (const [index, layer] of layers.entries()) {
    const name = naming.names[index] ?? '';
    const { type, name: _name, trainable, ...options } = layer;
    // Each definition takes its own options, and `type` has just chosen it: TypeScript cannot follow that.
    const definition: LayerDefinition<z.ZodObject> = LAYERS[type];
    const inference = definition.infer(options, shape);
    const misfit = 'misfit' in inference ? inference.misfit : absurdSize(inference);
    if ('misfit' in inference || misfit !== undefined) {
      const fault = { path: `model.layers[${index}] (${name})`, message: misfit ?? '' };
      return { ok: false, faults: [...naming.faults, fault] };
    }
    const weights = layOutWeights(name, inference, parameters);
    const size = weights.reduce((sum, weight) => sum + weight.size, 0);
    const { outputShape } = inference;
    const shapes = { inputShape: shape, outputShape };
    plans.push({ name, type, options, ...shapes, weights, trainable, parameters: size } as LayerPlan);
    shape = outputShape;
    parameters += size;
    if (trainable) trainableParameters += size;
    activationsPerSample += inference.activations ?? elementCount(outputShape);
    multiplyAddsPerSample += inference.multiplyAdds;
  }
  if (naming.faults.length > 0) return { ok: false, faults: naming.faults };
  const weights = plans.flatMap((plan) => plan.weights);
  const totals = { parameters, trainableParameters, activationsPerSample, multiplyAddsPerSample };
  return { ok: true, model: { inputShape, outputShape: shape, layers: plans, weights, ...totals } };
}

function layOutWeights(layer: string, inference: LayerInference, start: number): WeightPlan[] {
  let offset = start;
  return inference.weights.map(({ name, shape, initializer }) => {
    const size = elementCount(shape);
    const weight = { name: `${layer}/${name}`, shape, size, offset, initializer, ...fans(shape) };
    offset += size;
    return weight;
  });
}

function absurdSize({ outputShape, weights }: LayerInference): string | undefined {
  if (elementCount(outputShape) > MAX_ELEMENTS) return `its output of ${formatShape(outputShape)} is far too large`;
  const weight = weights.find(({ shape }) => elementCount(shape) > MAX_ELEMENTS);
  return weight && `its ${weight.name} of ${formatShape(weight.shape)} is far too large`;
}
