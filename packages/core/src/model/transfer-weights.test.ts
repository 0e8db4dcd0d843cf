import { describe, expect, it } from 'vitest';
import { LockstepError } from '../errors.js';
import { planModel, type ModelPlan } from './model-plan.js';
import { layerSchema, type LayerInput } from './registry.js';
import { transferFaults, transferWeights } from './transfer-weights.js';

function plan(...layers: LayerInput[]): ModelPlan {
  const result = planModel(
    layers.map((layer) => layerSchema.parse(layer)),
    [3],
  );
  if (!result.ok) throw new LockstepError('INVALID_SPEC', 'the test has faults', { faults: result.faults });
  return result.model;
}

const dense = (units: number, name: string, trainable = true): LayerInput => ({
  type: 'dense',
  units,
  name,
  trainable,
});
const base = plan(dense(2, 'hidden'), { type: 'dropout', rate: 0.5 }, dense(4, 'out'));
const text = (model: ModelPlan): string[] =>
  transferFaults(model, base, 'digits/2').map(({ path, message }) => `${path}: ${message}`);

describe('Starting from the weights of another model', () => {
  it('takes those of layers of the same name and shape and leaves the others as they were drawn.', () => {
    const model = plan(dense(2, 'hidden', false), dense(3, 'other'), dense(2, 'head'));
    expect(text(model)).toEqual([]);
    const drawn = new Float32Array(model.parameters).fill(-1);
    const weights = Float32Array.from({ length: base.parameters }, (_, index) => index);
    const start = transferWeights(model, drawn, base, weights);
    expect([...start.subarray(0, 8)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...start.subarray(8)].every((value) => value === -1)).toBe(true);
    expect(drawn.every((value) => value === -1)).toBe(true);
  });

  it('finds the layer wherever it stands in the other model.', () => {
    const model = plan(dense(2, 'new'), dense(4, 'out'));
    const weights = Float32Array.from({ length: base.parameters }, (_, index) => index);
    const start = transferWeights(model, new Float32Array(model.parameters), base, weights);
    expect([...start.subarray(8)]).toEqual([...weights.subarray(8)]);
  });

  it.each([
    [
      plan(dense(2, 'hidden'), dense(5, 'out')),
      'model.layers[1] (out): has kernel [2, 5] and bias [5], in digits/2 kernel [2, 4] and bias [4]; give the layer another name to have it start anew',
    ],
    [
      plan({ type: 'reshape', targetShape: [3, 1] }, { type: 'conv1d', kernelSize: 1, filters: 2, name: 'hidden' }),
      'model.layers[1] (hidden): is of type conv1d, in digits/2 of dense; give the layer another name to have it start anew',
    ],
    [
      plan(dense(2, 'hidden'), dense(2, 'hiden', false), dense(4, 'head')),
      'model.layers[1] (hiden): is frozen, but digits/2 has no layer of its name to take weights from',
    ],
    [
      plan(dense(2, 'a'), dense(4, 'b')),
      'model.initialWeights: digits/2 has no layer of the names here: its layers are hidden, out',
    ],
  ])('is refused with the layer named: %#', (model, fault) => {
    expect(text(model)).toEqual([fault]);
  });
});
