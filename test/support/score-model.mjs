/**
 * Loads a saved model in plain tfjs, as its user would, and prints its accuracy on the demo's test digits. A process of
 * its own, because nothing of Lockstep may touch the tfjs that it uses.
 * usage: node score-model.mjs <folder of the model>
 */
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { convertMnist } from '@lockstep/cli';
import { readSafetensors } from '@lockstep/core';
import * as tf from '@tensorflow/tfjs-node';

const [folder = '.'] = process.argv.slice(2);
const model = await tf.loadLayersModel(pathToFileURL(path.join(folder, 'model.json')).href);
const { manifest, shards } = await convertMnist();
let right = 0;
let samples = 0;
for (const { sha256, count } of manifest.splits['test'].shards) {
  const { tensors } = readSafetensors(shards.get(sha256));
  const x = tf.tensor4d(Float32Array.from(tensors.get('x').data), [count, 28, 28, 1]).div(255);
  const classes = model.predict(x, { batchSize: 500 }).argMax(-1).dataSync();
  tensors.get('y').data.forEach((label, index) => (right += classes[index] === label ? 1 : 0));
  samples += count;
}
console.log(JSON.stringify({ samples, accuracy: right / samples }));
