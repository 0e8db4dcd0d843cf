import { describe, expect, it } from 'vitest';
import { readManifestWeights, weightsManifestOf } from './layers-model-weights.js';
import { keras, dense, plan } from './testing/keras-model.js';

describe('The weights beside a model.json', () => {
  const model = plan(
    keras([{ ...dense('my dense', 2), config: { ...dense('my dense', 2).config, batch_input_shape: [null, 1] } }]),
  );
  const manifest = (...weights: object[]) => weightsManifestOf({ weightsManifest: [{ paths: ['a.bin'], weights }] });
  const kernel = { name: 'my dense/kernel', shape: [1, 2], dtype: 'float32' };
  const bias = { name: 'my dense/bias', shape: [2], dtype: 'float32' };
  const floats = (...values: number[]) => [new Uint8Array(Float32Array.from(values).buffer)];

  it('are found by the names of their layers, in any order.', () => {
    expect([...readManifestWeights(model, manifest(bias, kernel), floats(1, 2, 3, 4))]).toEqual([3, 4, 1, 2]);
    const nested = { ...kernel, name: 'model/my dense/kernel:0' };
    const cell = { ...bias, name: 'my dense/dense_cell/bias' };
    expect([...readManifestWeights(model, manifest(nested, cell), floats(1, 2, 3, 4))]).toEqual([1, 2, 3, 4]);
  });

  it('may be quantised.', () => {
    const bytes = (...parts: ArrayBufferView[]) => [
      new Uint8Array(Buffer.concat(parts.map((part) => new Uint8Array(part.buffer)))),
    ];
    const small = { ...kernel, quantization: { dtype: 'uint8', scale: 0.5, min: -1 } };
    const half = { ...bias, quantization: { dtype: 'float16' } };
    const found = readManifestWeights(
      model,
      manifest(small, half),
      bytes(new Uint8Array([0, 4]), new Uint16Array([0x3c00, 0xc100])),
    );
    expect([...found]).toEqual([-1, 1, 1, -2.5]);
  });

  it.each([
    [manifest(kernel), floats(1, 2), 'the weight my_dense/bias is missing'],
    [
      manifest(kernel, { ...bias, shape: [3] }),
      floats(1, 2, 3, 4, 5),
      'the weight my dense/bias is [3], its layer has [2]',
    ],
    [manifest(kernel, { ...bias, name: 'x/bias' }), floats(1, 2, 3, 4), 'no layer has the weight x/bias'],
    [manifest(kernel, bias), floats(1, 2, 3), 'its files end before the weight my dense/bias'],
    [manifest({ ...kernel, dtype: 'int32' }), floats(1, 2), 'the weight my dense/kernel is of type int32, not float32'],
  ])('are refused: %#', (weights, bytes, message) => {
    expect(() => readManifestWeights(model, weights, bytes)).toThrow(message);
  });

  it('lie beside it and nowhere else.', () => {
    for (const path of ['../a.bin', '/etc/passwd', 'a\\b']) {
      expect(() => weightsManifestOf({ weightsManifest: [{ paths: [path], weights: [] }] })).toThrow(
        'beside the model.json',
      );
    }
    expect(weightsManifestOf({})).toEqual([]);
  });
});
