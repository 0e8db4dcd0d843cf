/** The weights beside a model.json: where they lie, and which is which. */
import { LockstepError } from '../errors.js';
import { layerNameOf } from './layers-model.js';
import type { ModelPlan } from './model-plan.js';
import { elementCount, formatShape } from './shape.js';
import { z } from 'zod';

const quantizationSchema = z.object({
  dtype: z.enum(['uint8', 'uint16', 'float16']),
  scale: z.number().optional(),
  min: z.number().optional(),
});
const weightSchema = z.object({
  name: z.string().max(1000),
  shape: z.array(z.number().int().min(0)).max(8),
  dtype: z.string(),
  quantization: quantizationSchema.optional(),
});
const manifestSchema = z.array(
  z.object({
    // Beside the model.json: nothing in it may lead elsewhere.
    paths: z.array(z.string().regex(/^[^/\\]+$/, 'must be the name of a file beside the model.json')).max(10_000),
    weights: z.array(weightSchema).max(10_000),
  }),
);
type ManifestWeight = z.infer<typeof weightSchema>;

const ELEMENT_BYTES: Readonly<Record<string, number>> = { float32: 4, float16: 2, uint16: 2, uint8: 1 };

/** Files that hold weights, and which. */
export type WeightsManifest = z.infer<typeof manifestSchema>;

/**
 * @param file the parsed model.json
 * @returns empty for one without weights
 * @throws LockstepError INVALID_MODEL
 */
export function weightsManifestOf(file: unknown): WeightsManifest {
  const { weightsManifest } = (typeof file === 'object' && file !== null ? file : {}) as { weightsManifest?: unknown };
  if (weightsManifest === undefined || weightsManifest === null) return [];
  const parsed = manifestSchema.safeParse(weightsManifest);
  if (parsed.success) return parsed.data.filter(({ weights }) => weights.length > 0);
  const [issue] = parsed.error.issues;
  throw refused(`weightsManifest.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

/**
 * @param groups bytes of each element of the manifest: its files, one after the other
 * @returns all weights of `model` in its order
 * @throws LockstepError INVALID_MODEL, naming the weight
 */
export function readManifestWeights(
  model: ModelPlan,
  manifest: WeightsManifest,
  groups: readonly Uint8Array[],
): Float32Array {
  const wanted = new Map(model.weights.map((weight) => [weight.name, weight]));
  const parameters = new Float32Array(model.parameters);
  for (const [group, { weights }] of manifest.entries()) {
    const bytes = groups[group] ?? new Uint8Array();
    let offset = 0;
    for (const weight of weights) {
      const size = elementCount(weight.shape) * bytesOf(weight);
      if (offset + size > bytes.length) throw refused(`its files end before the weight ${weight.name}`);
      const planned = namesOf(weight.name)
        .map((name) => wanted.get(name))
        .find((found) => found !== undefined);
      if (planned === undefined) throw refused(`no layer has the weight ${weight.name}`);
      if (planned.shape.join() !== weight.shape.join()) {
        throw refused(
          `the weight ${weight.name} is ${formatShape(weight.shape)}, its layer has ${formatShape(planned.shape)}`,
        );
      }
      parameters.set(decode(weight, bytes.slice(offset, offset + size)), planned.offset);
      wanted.delete(planned.name);
      offset += size;
    }
  }
  const [missing] = wanted.keys();
  if (missing !== undefined) throw refused(`the weight ${missing} is missing`);
  return parameters;
}

/** A weight's possible names here: Keras may put the name of a cell or of the whole model beside the layer's. */
function namesOf(name: string): string[] {
  const parts = name.replace(/:\d+$/, '').split('/');
  const weight = parts.at(-1) ?? '';
  const layers = [parts.slice(0, -1).join('/'), parts.slice(0, -2).join('/'), parts.at(-2) ?? '', parts[0] ?? ''];
  return layers.map((layer) => `${layerNameOf(layer)}/${weight}`);
}

function bytesOf({ name, dtype, quantization }: ManifestWeight): number {
  const bytes = dtype === 'float32' ? ELEMENT_BYTES[quantization?.dtype ?? dtype] : undefined;
  if (bytes === undefined) throw refused(`the weight ${name} is of type ${dtype}, not float32`);
  return bytes;
}

function decode({ quantization }: ManifestWeight, bytes: Uint8Array): Float32Array {
  if (quantization === undefined) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const { dtype, scale = 1, min = 0 } = quantization;
  if (dtype === 'uint8') return Float32Array.from(bytes, (value) => value * scale + min);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return Float32Array.from(halves, (value) => (dtype === 'uint16' ? value * scale + min : float16(value)));
}

/** IEEE 754 binary16. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function refused(message: string): LockstepError {
  return new LockstepError('INVALID_MODEL', `the weights of the model file cannot be taken: ${message}`, {
    hint: 'Save the model again, or take `weightsManifest` out of the model.json to start from the seed.',
  });
}
