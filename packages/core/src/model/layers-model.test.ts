import { describe, expect, it } from 'vitest';
import { LockstepError } from '../errors.js';
import { readManifestWeights, weightsManifestOf } from './layers-model-weights.js';
import { readLayersModel, withLayersOfFile } from './layers-model.js';
import { planModel, type ModelPlan } from './model-plan.js';
import { layerSchema } from './registry.js';

/** As tensorflowjs_converter writes a Keras 2 model. */
function keras(layers: readonly object[], className = 'Sequential', more: object = {}) {
  return {
    format: 'layers-model',
    generatedBy: 'keras v2.15.0',
    convertedBy: 'TensorFlow.js Converter v4.22.0',
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: { class_name: className, config: { name: 'digits', layers, ...more } },
      training_config: { loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] },
    },
    weightsManifest: [],
  };
}

const glorot = { class_name: 'GlorotUniform', config: { seed: null } };
const zeros = { class_name: 'Zeros', config: {} };
const regular = {
  ...{ kernel_initializer: glorot, bias_initializer: zeros, use_bias: true, dtype: 'float32' },
  ...{ kernel_regularizer: null, bias_regularizer: null, activity_regularizer: null },
  ...{ kernel_constraint: null, bias_constraint: null },
};
const input = {
  class_name: 'InputLayer',
  config: { batch_input_shape: [null, 8, 8, 1], dtype: 'float32', sparse: false, ragged: false, name: 'input_1' },
};
const conv = {
  class_name: 'Conv2D',
  config: {
    ...{ name: 'conv2d', trainable: false, filters: 4, kernel_size: [3, 3], strides: [1, 1], padding: 'same' },
    ...{ data_format: 'channels_last', dilation_rate: [1, 1], groups: 1, activation: 'relu', ...regular },
  },
};
const pool = {
  class_name: 'MaxPooling2D',
  config: {
    name: 'max_pooling2d',
    trainable: true,
    dtype: 'float32',
    pool_size: [2, 2],
    padding: 'valid',
    strides: [2, 2],
    data_format: 'channels_last',
  },
};
const dropout = {
  class_name: 'Dropout',
  config: { name: 'dropout', trainable: true, dtype: 'float32', rate: 0.5, noise_shape: null, seed: null },
};
const flatten = {
  class_name: 'Flatten',
  config: { name: 'flatten', trainable: true, dtype: 'float32', data_format: 'channels_last' },
};
const dense = (name: string, units: number, activation = 'softmax') => ({
  class_name: 'Dense',
  config: { name, trainable: true, units, activation, ...regular },
});

const sequential = keras([input, conv, pool, dropout, flatten, dense('dense', 10)]);

function plan(file: unknown, inputShape?: readonly number[]): ModelPlan {
  const read = readLayersModel(file);
  if (!read.ok) throw new LockstepError('INVALID_MODEL', 'faults', { faults: read.faults });
  const planned = planModel(
    read.layers.map((layer) => layerSchema.parse(layer)),
    inputShape ?? read.inputShape ?? [1],
  );
  if (!planned.ok) throw new LockstepError('INVALID_MODEL', 'faults', { faults: planned.faults });
  return planned.model;
}

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
