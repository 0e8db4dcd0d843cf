import { describe, expect, it } from 'vitest';
import type { SafeTensor } from './data/safetensors.js';
import { namedWeights, readModelWeights, writeModelWeights, type ModelDescription } from './model-weights.js';

const description: ModelDescription = {
  layers: [
    { type: 'dense', units: 2, name: 'hidden', activation: 'relu' },
    { type: 'dense', units: 1 },
  ],
  features: { shape: [3] },
  output: { kind: 'values', activation: 'none' },
  labelNames: ['price'],
};

function tensor(shape: number[], value = 1): SafeTensor {
  return { dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}

const weights: readonly [string, SafeTensor][] = [
  ['dense_1/kernel', tensor([2, 1], 3)],
  ['dense_1/bias', tensor([1], 4)],
  ['hidden/kernel', tensor([3, 2], 1)],
  ['hidden/bias', tensor([2], 2)],
];

function codeOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("A model's safetensors file", () => {
  it('gives the weights in model order, whatever their order in it, and what the model is.', () => {
    const model = readModelWeights(writeModelWeights(description, weights));
    expect([...model.parameters]).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4]);
    expect(model).toMatchObject({
      ...{ labelNames: ['price'], classNames: [], output: { kind: 'values' } },
      features: { shape: [3], dtype: 'float32', offset: 0, scale: 1, names: null },
      layers: [{ name: 'hidden', useBias: true, trainable: true }, { type: 'dense' }],
    });
    const again = writeModelWeights(description, namedWeights(model.plan, model.parameters));
    expect(readModelWeights(again).parameters).toEqual(model.parameters);
  });

  it.each([
    ['a weight that is missing', weights.slice(1), 'the weight dense_1/kernel of [2, 1] is missing'],
    ['a weight of no layer', [...weights, ['x', tensor([1])]], 'it has a weight "x" that no layer has'],
    [
      'a weight of another shape',
      [...weights.slice(0, 3), ['hidden/bias', tensor([3])]],
      'the weight hidden/bias must be [2], got [3]',
    ],
    [
      'values that are not finite',
      [...weights.slice(0, 3), ['hidden/bias', tensor([2], Number.NaN)]],
      'the weight hidden/bias has values that are not finite',
    ],
  ] as [string, [string, SafeTensor][], string][])('is refused for %s.', (_what, tensors, message) => {
    expect(codeOf(() => readModelWeights(writeModelWeights(description, tensors)))).toMatchObject({
      code: 'INVALID_MODEL',
      message,
    });
  });

  it('is refused for layers with faults, each named.', () => {
    const wrong = { ...description, layers: [{ type: 'dense', units: 0 }] } as ModelDescription;
    expect(codeOf(() => readModelWeights(writeModelWeights(wrong, weights)))).toMatchObject({
      code: 'INVALID_MODEL',
      faults: [{ path: 'layers[0].units' }],
    });
  });

  it('is refused where it is none.', () => {
    expect(codeOf(() => readModelWeights(new Uint8Array(40)))).toMatchObject({ code: 'INVALID_MODEL' });
  });
});
