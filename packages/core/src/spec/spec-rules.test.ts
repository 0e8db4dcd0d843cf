import { describe, expect, test } from 'vitest';
import { LAYER_TYPES } from '../model/registry.js';
import { jobFileJsonSchema } from './job-file.js';
import { editDistance, nearest } from './nearest.js';
import { defaultSliceSize } from './slice-size.js';

describe('the rules of the job file', () => {
  test('the slice size follows the batch size in powers of two from 16 to 128', () => {
    const sizes = [1, 8, 16, 128, 255, 256, 511, 512, 100_000].map((batchSize) => defaultSliceSize(batchSize));
    expect(sizes).toEqual([1, 8, 16, 32, 32, 64, 64, 128, 128]);
  });

  test('the nearest word is one that could have been meant', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(nearest('kernel_size', ['units', 'kernelSize'])).toBe('kernelSize');
    expect(nearest('xyz', ['units', 'kernelSize'])).toBeUndefined();
    expect(nearest('x'.repeat(1e6), ['units'])).toBeUndefined();
  });

  test('the JSON Schema says of every key what it is; the options of layers are those of Keras', () => {
    interface Schema {
      readonly const?: unknown;
      readonly description?: string;
      readonly properties?: Readonly<Record<string, Schema>>;
      readonly anyOf?: readonly Schema[];
      readonly oneOf?: readonly Schema[];
    }
    const silent = ({ properties = {}, anyOf = [], oneOf = [] }: Schema, path: string): string[] => [
      ...[...anyOf, ...oneOf].flatMap((variant) => silent(variant, path)),
      ...Object.entries(properties).flatMap(([key, property]) => [
        ...(property.description === undefined && property.const === undefined ? [`${path}.${key}`] : []),
        ...silent(property, `${path}.${key}`),
      ]),
    ];
    expect(silent(jobFileJsonSchema(), '')).toEqual([]);
  });

  test('the JSON Schema is strict and knows every layer', () => {
    const text = JSON.stringify(jobFileJsonSchema());
    for (const type of LAYER_TYPES) expect(text).toContain(`"const":"${type}"`);
    expect(jobFileJsonSchema()).toMatchObject({
      additionalProperties: false,
      required: ['name', 'task', 'data', 'model'],
    });
  });
});
