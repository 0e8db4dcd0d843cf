/**
 * Loads a saved model in plain tfjs, as its user would, and prints its accuracy on the demo's test digits. A process of
 * its own, because nothing of Lockstep may touch the tfjs that it uses.
 * usage: node score-model.mjs <folder of the model>
 */
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { openMnist } from '@lockstep/cli';
import * as tf from '@tensorflow/tfjs-node';

const [folder = '.'] = process.argv.slice(2);
const model = await tf.loadLayersModel(pathToFileURL(path.join(folder, 'model.json')).href);
const { parts } = await openMnist();
const test = parts.find(({ split }) => split === 'test');
const samples = test.count;
const pixels = new Float32Array(samples * 28 * 28);
const labels = [];
for await (const { x, y } of test.samples()) {
  pixels.set(x, labels.length * 28 * 28);
  labels.push(y);
}
const x = tf.tensor4d(pixels, [samples, 28, 28, 1]).div(255);
const classes = model.predict(x, { batchSize: 500 }).argMax(-1).dataSync();
const right = labels.filter((label, index) => classes[index] === label).length;
console.log(JSON.stringify({ samples, accuracy: right / samples }));
