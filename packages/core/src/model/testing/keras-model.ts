/** Models as Keras's converter writes them. */
import { LockstepError } from '../../errors.js';
import { readLayersModel } from '../layers-model.js';
import { planModel, type ModelPlan } from '../model-plan.js';
import { layerSchema } from '../registry.js';

/** As tensorflowjs_converter writes a Keras 2 model. */
export function keras(layers: readonly object[], className = 'Sequential', more: object = {}) {
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
export const regular = {
  ...{ kernel_initializer: glorot, bias_initializer: zeros, use_bias: true, dtype: 'float32' },
  ...{ kernel_regularizer: null, bias_regularizer: null, activity_regularizer: null },
  ...{ kernel_constraint: null, bias_constraint: null },
};
export const input = {
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
export const dense = (name: string, units: number, activation = 'softmax') => ({
  class_name: 'Dense',
  config: { name, trainable: true, units, activation, ...regular },
});

export const sequential = keras([input, conv, pool, dropout, flatten, dense('dense', 10)]);

/** @throws LockstepError INVALID_MODEL */
export function plan(file: unknown, inputShape?: readonly number[]): ModelPlan {
  const read = readLayersModel(file);
  if (!read.ok) throw new LockstepError('INVALID_MODEL', 'faults', { faults: read.faults });
  const planned = planModel(
    read.layers.map((layer) => layerSchema.parse(layer)),
    inputShape ?? read.inputShape ?? [1],
  );
  if (!planned.ok) throw new LockstepError('INVALID_MODEL', 'faults', { faults: planned.faults });
  return planned.model;
}
