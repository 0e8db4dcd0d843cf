import { describe, expect, test } from 'vitest';
import { planModel, type ModelPlan } from './model-plan.js';
import { layerSchema, type LayerInput } from './registry.js';
import type { Shape } from './shape.js';

function plan(inputShape: Shape, ...layers: LayerInput[]): ModelPlan {
  const result = planModel(
    layers.map((layer) => layerSchema.parse(layer)),
    inputShape,
  );
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.model;
}

function faults(inputShape: Shape, ...layers: LayerInput[]): string[] {
  const result = planModel(
    layers.map((layer) => layerSchema.parse(layer)),
    inputShape,
  );
  return result.ok ? [] : result.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('planModel', () => {
  test('lays the weights of a convolutional network out as tfjs does', () => {
    const model = plan(
      [28, 28, 1],
      { type: 'conv2d', filters: 32, kernelSize: 3, activation: 'relu' },
      { type: 'maxPooling2d' },
      { type: 'conv2d', filters: 64, kernelSize: 3, activation: 'relu' },
      { type: 'maxPooling2d' },
      { type: 'flatten' },
      { type: 'dense', units: 128, activation: 'relu' },
      { type: 'dense', units: 10 },
    );
    expect(model.layers.map(({ name, outputShape }) => [name, ...outputShape].join(' '))).toEqual([
      'conv2d_1 26 26 32',
      'max_pooling2d_1 13 13 32',
      'conv2d_2 11 11 64',
      'max_pooling2d_2 5 5 64',
      'flatten_1 1600',
      'dense_1 128',
      'dense_2 10',
    ]);
    expect(model.weights.map(({ name, shape, offset }) => [name, `[${shape.join()}]`, offset].join(' '))).toEqual([
      'conv2d_1/kernel [3,3,1,32] 0',
      'conv2d_1/bias [32] 288',
      'conv2d_2/kernel [3,3,32,64] 320',
      'conv2d_2/bias [64] 18752',
      'dense_1/kernel [1600,128] 18816',
      'dense_1/bias [128] 223616',
      'dense_2/kernel [128,10] 223744',
      'dense_2/bias [10] 225024',
    ]);
    expect(model.parameters).toBe(225_034);
    expect(model.weights[2]).toMatchObject({ fanIn: 288, fanOut: 576, size: 18_432 });
    const convolutions = 26 * 26 * 32 * 9 + 11 * 11 * 64 * 9 * 32;
    const poolings = (13 * 13 * 32 + 5 * 5 * 64) * 4;
    expect(model.multiplyAddsPerSample).toBe(convolutions + poolings + 1600 * 128 + 1280);
    expect(model.activationsPerSample).toBe(784 + 21_632 + 5408 + 7744 + 1600 + 1600 + 128 + 10);
  });

  // Expected shapes and weights: what tfjs-layers 4.22 builds.
  test.each<[string, Shape, LayerInput, string, string]>([
    ['conv1d', [10, 4], { type: 'conv1d', filters: 2, kernelSize: 3, strides: 2 }, '4,2', 'kernel 3,4,2; bias 2'],
    [
      'conv1d, dilated',
      [10, 4],
      { type: 'conv1d', filters: 2, kernelSize: 3, dilationRate: 3 },
      '4,2',
      'kernel 3,4,2; bias 2',
    ],
    [
      'conv2d, same padding',
      [7, 8, 3],
      { type: 'conv2d', filters: 2, kernelSize: [3, 5], strides: 2, padding: 'same', useBias: false },
      '4,4,2',
      'kernel 3,5,3,2',
    ],
    [
      'depthwiseConv2d',
      [6, 6, 2],
      { type: 'depthwiseConv2d', kernelSize: 2, depthMultiplier: 3 },
      '5,5,6',
      'depthwise_kernel 2,2,2,3; bias 6',
    ],
    [
      'conv2dTranspose',
      [5, 5, 2],
      { type: 'conv2dTranspose', filters: 3, kernelSize: 3, strides: 2 },
      '11,11,3',
      'kernel 3,3,3,2; bias 3',
    ],
    [
      'conv2dTranspose, same padding',
      [5, 5, 2],
      { type: 'conv2dTranspose', filters: 3, kernelSize: 3, strides: 2, padding: 'same' },
      '10,10,3',
      'kernel 3,3,3,2; bias 3',
    ],
    ['maxPooling1d', [5, 2], { type: 'maxPooling1d' }, '2,2', ''],
    [
      'averagePooling2d',
      [5, 5, 2],
      { type: 'averagePooling2d', poolSize: 3, strides: 1, padding: 'same' },
      '5,5,2',
      '',
    ],
    ['globalAveragePooling2d', [5, 5, 2], { type: 'globalAveragePooling2d' }, '2', ''],
    ['globalMaxPooling1d', [5, 2], { type: 'globalMaxPooling1d' }, '2', ''],
    ['reshape', [28, 28, 1], { type: 'reshape', targetShape: [28, -1] }, '28,28', ''],
    ['layerNormalization', [5, 4], { type: 'layerNormalization' }, '5,4', 'gamma 4; beta 4'],
    ['dense on sequences', [5, 4], { type: 'dense', units: 3 }, '5,3', 'kernel 4,3; bias 3'],
    ['simpleRNN', [5, 2], { type: 'simpleRNN', units: 3 }, '3', 'kernel 2,3; recurrent_kernel 3,3; bias 3'],
    [
      'gru',
      [5, 2],
      { type: 'gru', units: 3, returnSequences: true },
      '5,3',
      'kernel 2,9; recurrent_kernel 3,9; bias 9',
    ],
    ['lstm', [5, 2], { type: 'lstm', units: 4 }, '4', 'kernel 2,16; recurrent_kernel 4,16; bias 16'],
  ])('infers %s', (_what, input, layer, output, weights) => {
    const model = plan(input, { ...layer, name: 'a' });
    expect(model.outputShape.join()).toBe(output);
    expect(model.weights.map(({ name, shape }) => `${name.slice(2)} ${shape.join()}`).join('; ')).toBe(weights);
  });

  test('keeps the names that the user gives and numbers the others around them', () => {
    const dense = { type: 'dense', units: 2 } as const;
    const model = plan([2], dense, { ...dense, name: 'dense_2' }, dense, { type: 'dropout', rate: 0.5 });
    expect(model.layers.map(({ name }) => name)).toEqual(['dense_1', 'dense_2', 'dense_3', 'dropout_1']);
  });

  test('names the layer that does not fit, and why', () => {
    const conv = { type: 'conv2d', filters: 1, kernelSize: 3 } as const;
    expect(faults([28, 28, 1], { type: 'flatten' }, conv)).toEqual([
      expect.stringMatching(
        /^model.layers\[1\] \(conv2d_1\): needs an input of \[height, width, channels\], got \[784\]/,
      ),
    ]);
    expect(faults([2, 2, 1], conv)[0]).toMatch(/kernelSize \[3, 3\] does not fit into its input of \[2, 2, 1\]/);
    expect(faults([9, 9, 1], { ...conv, strides: 2, dilationRate: 2 })[0]).toMatch(/cannot both/);
    expect(faults([9, 9, 1], { type: 'depthwiseConv2d', kernelSize: 2, strides: [1, 2] })[0]).toMatch(/the same/);
    expect(faults([9], { type: 'lstm', units: 1 })[0]).toMatch(/\(lstm_1\): needs an input of \[steps, features\]/);
    expect(faults([9], { type: 'flatten' })[0]).toMatch(/flat already/);
    expect(faults([9], { type: 'reshape', targetShape: [2, -1] })[0]).toMatch(/does not hold the 9 elements/);
    expect(faults([9], { type: 'reshape', targetShape: [-1, -1] })[0]).toMatch(/only one/);
    expect(faults([9], { type: 'dense', units: 2, name: 'a' }, { type: 'dense', units: 2, name: 'a' })).toEqual([
      "model.layers[1].name: 'a' is the name of model.layers[0] already; names must be unique",
    ]);
  });

  test('stops before sizes leave the numbers that are exact', () => {
    const huge = { type: 'dense', units: 2 ** 31 - 1 } as const;
    expect(faults([9], huge, huge)[0]).toMatch(/^model.layers\[1\] \(dense_2\): its kernel of .* is far too large/);
    const growing = { type: 'conv2dTranspose', filters: 1, kernelSize: 1, strides: 2 ** 30 } as const;
    expect(faults([9, 9, 1], ...Array.from({ length: 50 }, () => growing))[0]).toMatch(/output of .* is far too large/);
  });
});
