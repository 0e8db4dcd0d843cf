import { describe, expect, it } from 'vitest';
import { isLockstepError } from './errors.js';
import { readInstances, readPredictions } from './model-instances.js';
import type { ModelFeatures, ModelVersion } from './model-registry.js';

const pixels: ModelFeatures = {
  ...{ shape: [2, 2, 1], dtype: 'uint8', offset: 0, scale: 1, names: null, columns: null },
  image: { height: 2, width: 2, channels: 1 },
};
const table: ModelFeatures = {
  ...{ shape: [4], dtype: 'float32', offset: 0, scale: 1, names: null, image: null },
  columns: [
    { name: 'age', kind: 'numeric', fill: 40 },
    { name: 'colour', kind: 'categorical', categories: ['red', '2'], fill: '' },
    { name: 'size', kind: 'numeric' },
  ],
};

function faultsOf(features: ModelFeatures, instances: readonly unknown[]): string[] {
  try {
    readInstances(features, instances);
  } catch (error) {
    if (isLockstepError(error, 'INVALID_INSTANCES'))
      return error.faults.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

describe('Instances', () => {
  it('are nested arrays of the shape, or flat ones of all values.', () => {
    expect([
      ...readInstances(pixels, [
        [
          [[0], [1]],
          [[2], [255]],
        ],
        [4, 5, 6, 7],
      ]),
    ]).toEqual([0, 1, 2, 255, 4, 5, 6, 7]);
  });

  it('of a table are objects by column name, with categories as ones and missing values filled in.', () => {
    const rows = [
      { size: 1.5, colour: 'red', age: 7 },
      { size: 2, colour: 2 },
      { age: '', size: 3 },
    ];
    expect([...readInstances(table, rows)]).toEqual([7, 1, 0, 1.5, 40, 0, 1, 2, 40, 0, 0, 3]);
  });

  it('of a table with names alone are objects of numbers.', () => {
    const named: ModelFeatures = { ...table, shape: [2], columns: null, names: ['a', 'b'] };
    expect([...readInstances(named, [{ b: 2, a: 1 }])]).toEqual([1, 2]);
  });

  it.each([
    [pixels, [1, 2, 3], "instances[0] must have 2 elements for the features' shape [2, 2, 1], got 3"],
    [pixels, 7, 'instances[0] must be an array of [2, 2, 1], got 7'],
    [pixels, [1, 2, 3, 256], 'instances[0][3] must be a whole number from 0 to 255, got 256'],
    [pixels, [1, 2, 3, '4'], 'instances[0][3] must be a number, got "4"'],
    [pixels, {}, 'instances[0] must be an array of [2, 2, 1]: the model knows no column names'],
    [table, [1, 2, 3, 1e39], 'instances[0][3] must be finite in float32, got 1e+39'],
    [table, {}, 'instances[0].size has no value'],
    [table, { size: 1, colour: 'blue' }, 'instances[0].colour "blue" is not one of its categories: "red", "2"'],
    [table, { size: 1, __proto__x: 1 }, 'instances[0].__proto__x is no column of the model'],
  ])('are refused with what is wrong: %#', (features, instance, fault) => {
    expect(faultsOf(features, [instance])).toEqual([fault]);
  });

  it('are one to ten thousand, and not every one of many faults is listed.', () => {
    expect(faultsOf(table, [])).toEqual(['instances must be 1 to 10000, got 0']);
    expect(
      faultsOf(
        table,
        Array.from({ length: 10_000 }, () => 'x'),
      ),
    ).toHaveLength(20);
  });
});

describe('Predictions', () => {
  const model = (kind: 'probabilities' | 'scores' | 'values', classNames: string[]) =>
    ({ output: { kind, activation: 'none' }, classNames }) as unknown as ModelVersion;

  it('name the most probable class.', () => {
    const answers = readPredictions(
      model('probabilities', ['a', 'b', 'c']),
      new Float32Array([0, 0.75, 0.25, 1, 0, 0]),
      2,
    );
    expect(answers).toEqual([
      { class: 'b', probabilities: [0, 0.75, 0.25] },
      { class: 'a', probabilities: [1, 0, 0] },
    ]);
  });

  it('of one output are of two classes.', () => {
    const answers = readPredictions(model('probabilities', ['no', 'yes']), new Float32Array([0.75, 0.5]), 2);
    expect(answers).toEqual([
      { class: 'yes', probabilities: [0.25, 0.75] },
      { class: 'no', probabilities: [0.5, 0.5] },
    ]);
  });

  it('are scores where the outputs are no probabilities, and values where there are no classes.', () => {
    const outputs = new Float32Array([-1, 2]);
    expect(readPredictions(model('scores', ['a', 'b']), outputs, 1)).toEqual([{ class: 'b', values: [-1, 2] }]);
    expect(readPredictions(model('values', []), outputs, 2)).toEqual([{ values: [-1] }, { values: [2] }]);
  });
});
