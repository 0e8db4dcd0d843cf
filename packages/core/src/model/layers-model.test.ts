import { describe, expect, it } from 'vitest';
import { readLayersModel, withLayersOfFile } from './layers-model.js';
import { dense, input, keras, plan, regular, sequential } from './testing/keras-model.js';

function faults(file: unknown): string[] {
  const read = readLayersModel(file);
  return read.ok ? [] : read.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe("A model.json of Keras's converter", () => {
  it('becomes the layers of a job, frozen ones frozen.', () => {
    const read = readLayersModel(sequential);
    expect(read).toMatchObject({ ok: true, inputShape: [8, 8, 1] });
    const { layers, parameters } = plan(sequential);
    expect(layers.map(({ name, type, outputShape, trainable }) => [name, type, outputShape, trainable])).toEqual([
      ['conv2d', 'conv2d', [8, 8, 4], false],
      ['max_pooling2d', 'maxPooling2d', [4, 4, 4], true],
      ['dropout', 'dropout', [4, 4, 4], true],
      ['flatten', 'flatten', [64], true],
      ['dense', 'dense', [10], true],
    ]);
    expect(layers[0]?.options).toMatchObject({
      activation: 'relu',
      padding: 'same',
      kernelInitializer: { type: 'glorotUniform' },
    });
    expect(parameters).toBe(40 + 650);
  });

  it('of a functional model that is a chain becomes its layers in order.', () => {
    const layer = (from: string | null, { class_name, config }: { class_name: string; config: { name: string } }) => ({
      ...{ class_name, config, name: config.name },
      inbound_nodes: from === null ? [] : [[[from, 0, 0, {}]]],
    });
    const first = { ...input, config: { ...input.config, batch_input_shape: [null, 5] } };
    const chain = [layer('a', dense('b', 2)), layer(null, first), layer('input_1', dense('a', 3, 'hard_sigmoid'))];
    expect(
      plan(keras(chain, 'Functional')).layers.map(({ name, options }) => [
        name,
        'activation' in options && options.activation,
      ]),
    ).toEqual([
      ['a', 'hardSigmoid'],
      ['b', 'softmax'],
    ]);
    const branched = [...chain, layer('input_1', dense('c', 3))];
    expect(faults(keras(branched, 'Functional'))).toEqual([
      'model.file: is no chain: more than one layer follows input_1',
    ]);
  });

  it('knows sizes of one dimension, activations as layers, axes by their number, and initializers by any of their names.', () => {
    const layers = [
      {
        class_name: 'Conv1D',
        config: {
          name: 'c',
          filters: 2,
          kernel_size: [3],
          strides: [1],
          dilation_rate: [1],
          padding: 'valid',
          activation: 'linear',
          batch_input_shape: [null, 9, 2],
          ...regular,
          kernel_initializer: {
            class_name: 'VarianceScaling',
            config: { scale: 2, mode: 'fan_in', distribution: 'normal', seed: 3 },
          },
        },
      },
      { class_name: 'ReLU', config: { name: 'r', max_value: 6, negative_slope: 0, threshold: 0 } },
      {
        class_name: 'LayerNormalization',
        config: {
          name: 'n',
          axis: [2],
          epsilon: 0.001,
          center: true,
          scale: true,
          gamma_initializer: 'ones',
          beta_initializer: 'zeros',
        },
      },
      { class_name: 'AveragePooling1D', config: { name: 'p', pool_size: [2], strides: [2], padding: 'valid' } },
      {
        class_name: 'LSTM',
        config: {
          name: 'l',
          units: 3,
          return_sequences: false,
          return_state: false,
          go_backwards: false,
          stateful: false,
          unroll: false,
          time_major: false,
          activation: 'tanh',
          recurrent_activation: 'sigmoid',
          recurrent_initializer: { class_name: 'Orthogonal', config: { gain: 1, seed: null } },
          unit_forget_bias: true,
          dropout: 0,
          recurrent_dropout: 0,
          implementation: 2,
          recurrent_regularizer: null,
          recurrent_constraint: null,
          ...regular,
        },
      },
    ];
    const planned = plan(keras(layers)).layers;
    expect(planned.map(({ type }) => type)).toEqual([
      'conv1d',
      'activation',
      'layerNormalization',
      'averagePooling1d',
      'lstm',
    ]);
    expect(planned[0]?.options).toMatchObject({ kernelInitializer: { type: 'heNormal' } });
    expect(planned[1]?.options).toMatchObject({ activation: 'relu6' });
  });

  it.each([
    [
      { class_name: 'BatchNormalization', config: { name: 'bn' } },
      /^model\.file\.layers\[0\] \(bn\): is a BatchNormalization, which is not available; layers are dense, conv1d/,
    ],
    [
      {
        class_name: 'Dense',
        config: { name: 'd', units: 2, kernel_regularizer: { class_name: 'L2', config: { l2: 0.01 } } },
      },
      /\(d\): has kernel_regularizer \{"class_name":"L2"/,
    ],
    [
      { class_name: 'Dense', config: { name: 'd', units: 2, activation: 'leaky_relu' } },
      /has activation "leaky_relu", which is not available/,
    ],
    [
      { class_name: 'GRU', config: { name: 'g', units: 2, reset_after: true } },
      /has reset_after true, which is not available/,
    ],
    [
      { class_name: 'Conv2D', config: { name: 'c', filters: 2, kernel_size: [3, 3], data_format: 'channels_first' } },
      /has data_format "channels_first"/,
    ],
    [{ class_name: 'Dense', config: { name: 'd', units: 2, dtype: 'mixed_float16' } }, /has dtype "mixed_float16"/],
    [{ class_name: 'Sequential', config: { name: 's', layers: [] } }, /\(s\): is a Sequential, which is not available/],
  ])('is refused for what a job does not have, by the layer: %#', (layer, message) => {
    expect(faults(keras([layer]))).toEqual([expect.stringMatching(message) as string]);
  });

  it.each([
    {},
    [],
    7,
    null,
    { modelTopology: 3 },
    keras([]),
    keras([7 as never]),
    { class_name: 'Functional', config: { layers: [{}] } },
  ])('is refused where it is none: %j', (file) => {
    expect(faults(file).length).toBeGreaterThan(0);
  });
});

describe('A job file with a model file', () => {
  it('is one with its layers.', () => {
    const { job, faults: found } = withLayersOfFile({ name: 'a', model: { file: sequential, initialWeights: 'b/1' } });
    expect(found).toEqual([]);
    expect(job).toMatchObject({
      name: 'a',
      model: { initialWeights: 'b/1', layers: [{ type: 'conv2d' }, {}, {}, {}, {}] },
    });
    expect(job).not.toHaveProperty('model.file');
  });

  it.each([
    [
      { model: { file: 'model.json' } },
      'is read by `lockstep train`, which sends what is in it: send the parsed model.json itself',
    ],
    [{ model: { file: sequential, layers: [] } }, 'stands beside layers; a model has one or the other'],
  ])('is refused: %#', (job, message) => {
    expect(withLayersOfFile(job).faults).toEqual([{ path: 'model.file', message }]);
  });
});
