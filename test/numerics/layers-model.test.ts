/** Models saved by plain tfjs: what is read of them answers as they do. */
import { convertLayersModel, readModelWeights, weightsManifestOf } from '@lockstep/core';
import { Predictor } from '@lockstep/engine';
import type { Sequential, Tensor } from '@tensorflow/tfjs-node';
import { expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { tf } from '../support/eager-reference.js';

/** What `model.save` writes into model.json, and the bytes beside it. */
async function saved(model: Sequential): Promise<{ json: unknown; bytes: Uint8Array }> {
  let found: { json: unknown; bytes: Uint8Array } | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      const { modelTopology, weightSpecs = [], weightData } = artifacts;
      const json: unknown = JSON.parse(
        JSON.stringify({ modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] }),
      );
      found = { json, bytes: new Uint8Array(weightData as ArrayBuffer) };
      const modelArtifactsInfo = { dateSaved: new Date(0), modelTopologyType: 'JSON' as const };
      return Promise.resolve({ modelArtifactsInfo });
    }),
  );
  if (found === undefined) throw new Error('tfjs saved nothing.');
  return found;
}

const MODELS: readonly { readonly name: string; readonly model: () => Sequential; readonly shape: number[] }[] = [
  {
    name: 'a convolutional network',
    shape: [6, 6, 1],
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, activation: 'relu', padding: 'same' }),
          tf.layers.maxPooling2d({ poolSize: 2 }),
          tf.layers.dropout({ rate: 0.3 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 4, activation: 'softmax', kernelInitializer: 'heNormal' }),
        ],
      }),
  },
  {
    name: 'recurrent and one-dimensional layers',
    shape: [8, 2],
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.conv1d({ inputShape: [8, 2], filters: 3, kernelSize: 2, activation: 'tanh' }),
          tf.layers.lstm({ units: 4, returnSequences: true }),
          tf.layers.gru({ units: 3, returnSequences: true }),
          tf.layers.layerNormalization(),
          tf.layers.averagePooling1d({ poolSize: 2 }),
          tf.layers.reshape({ targetShape: [9] }),
          tf.layers.dense({ units: 2, useBias: false, activation: 'hardSigmoid' }),
        ],
      }),
  },
  {
    name: 'transposed and depthwise convolutions',
    shape: [4, 4, 2],
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.depthwiseConv2d({ inputShape: [4, 4, 2], kernelSize: 2, depthMultiplier: 2 }),
          tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2 }),
          tf.layers.activation({ activation: 'relu6' }),
          tf.layers.globalAveragePooling2d({}),
        ],
      }),
  },
];

it.each(MODELS)(
  'A tf.sequential that tfjs has saved answers here as there, with $name',
  async ({ model: make, shape }) => {
    const model = make();
    const { json, bytes } = await saved(model);
    expect(weightsManifestOf(json)).toHaveLength(1);
    const { plan, parameters, features } = readModelWeights(convertLayersModel(json, [bytes]));
    expect(features.shape).toEqual(shape);
    const x = tf.randomUniform([5, ...shape], -1, 1, 'float32', 3);
    const predictor = new Predictor({ plan, offset: 0, scale: 1, activation: 'none' }, parameters);
    const here = predictor.predict(x.dataSync() as Float32Array);
    predictor.dispose();
    expect(relativeDifference(here, (model.predict(x) as Tensor).dataSync())).toBeLessThanOrEqual(1e-6);
  },
);
