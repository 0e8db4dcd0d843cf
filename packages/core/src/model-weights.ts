/**
 * A model as one safetensors file: its weights by name, and in the metadata what they are the weights of. It is what
 * exporting gives and importing takes, so a model can go from one service to another.
 */
import { z } from 'zod';
import { readSafetensors, writeSafetensors, type SafeTensor } from './data/safetensors.js';
import { LockstepError } from './errors.js';
import { planModel, type ModelPlan } from './model/model-plan.js';
import { layerSchema, type LayerSpec } from './model/registry.js';
import { formatShape } from './model/shape.js';
import { modelFeaturesSchema, modelOutputSchema, type ModelFeatures, type ModelOutput } from './model-registry.js';
import { parseSchema } from './spec/schema-faults.js';

/** Key of the metadata that holds the description, in JSON. */
const METADATA_KEY = 'lockstep';

const { names, columns, image, dtype, offset, scale } = modelFeaturesSchema.shape;
const nameList = z.array(z.string().min(1).max(1000)).max(65_536).default([]);
const descriptionSchema = z.strictObject({
  layers: z.array(layerSchema).min(1).max(1000),
  features: z.strictObject({
    ...modelFeaturesSchema.shape,
    dtype: dtype.default('float32'),
    offset: offset.default(0),
    scale: scale.default(1),
    names: names.default(null),
    columns: columns.default(null),
    image: image.default(null),
  }),
  classNames: nameList,
  labelNames: nameList,
  output: modelOutputSchema.optional(),
});

/** What a model is apart from its weights. Only the shape of the features has to be given. */
export type ModelDescription = z.input<typeof descriptionSchema>;

export interface DescribedModel {
  readonly layers: readonly LayerSpec[];
  readonly features: ModelFeatures;
  readonly classNames: readonly string[];
  readonly labelNames: readonly string[];
  readonly output?: ModelOutput | undefined;
  readonly plan: ModelPlan;
  /** All weights in model order. */
  readonly parameters: Float32Array;
}

/** @param weights by `<layer>/<weight>` */
export function writeModelWeights(
  description: ModelDescription,
  weights: Iterable<readonly [name: string, weight: SafeTensor]>,
): Uint8Array<ArrayBuffer> {
  return writeSafetensors(weights, [[METADATA_KEY, JSON.stringify(description)]]);
}

/** The weights by name, as views into the vector. */
export function namedWeights(plan: ModelPlan, parameters: Float32Array): [string, SafeTensor][] {
  return plan.weights.map(({ name, shape, offset: start, size }) => [
    name,
    { dtype: 'F32', shape, data: parameters.subarray(start, start + size) },
  ]);
}

/** @throws LockstepError INVALID_MODEL */
export function readModelWeights(bytes: Uint8Array): DescribedModel {
  const { tensors, metadata } = readFile(bytes);
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) throw refused(`its metadata has no ${METADATA_KEY}, which describes the model`);
  const parsed = parseSchema(descriptionSchema, parseJson(text));
  if (!parsed.ok) {
    throw new LockstepError('INVALID_MODEL', 'the description of the model has faults', { faults: parsed.faults });
  }
  const { layers, features } = parsed.value;
  const planned = planModel(layers, features.shape);
  if (!planned.ok) throw new LockstepError('INVALID_MODEL', 'the model has faults', { faults: planned.faults });
  return { ...parsed.value, plan: planned.model, parameters: parametersOf(planned.model, tensors) };
}

function parametersOf(plan: ModelPlan, tensors: ReadonlyMap<string, SafeTensor>): Float32Array {
  const wanted = new Set(plan.weights.map(({ name }) => name));
  const strange = [...tensors.keys()].find((name) => !wanted.has(name));
  if (strange !== undefined)
    throw refused(`it has a weight ${JSON.stringify(strange.slice(0, 100))} that no layer has`);
  const parameters = new Float32Array(plan.parameters);
  for (const { name, shape, offset: start } of plan.weights) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw refused(`the weight ${name} of ${formatShape(shape)} is missing`);
    if (tensor.dtype !== 'F32') throw refused(`the weight ${name} is of type ${tensor.dtype}, not F32`);
    if (tensor.shape.join() !== shape.join()) {
      throw refused(`the weight ${name} must be ${formatShape(shape)}, got ${formatShape(tensor.shape)}`);
    }
    if (!tensor.data.every(Number.isFinite)) throw refused(`the weight ${name} has values that are not finite`);
    parameters.set(tensor.data, start);
  }
  return parameters;
}

function readFile(bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    throw new LockstepError('INVALID_MODEL', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LockstepError('INVALID_MODEL', `${METADATA_KEY} in the metadata is not JSON`, { cause });
  }
}

function refused(message: string): LockstepError {
  return new LockstepError('INVALID_MODEL', message, {
    hint: 'A safetensors file with all weights by <layer>/<weight> is needed; docs/models.md describes it.',
  });
}
