/**
 * A model that is built with tfjs, trained by the service: its topology becomes the layers of the job. tfjs only describes
 * the model here: nothing is computed in this process. Start a service, build, and run it:
 *
 *   ./lockstep up                       in another terminal
 *   npm run build && node examples/dist/tfjs-model.js
 */
import { createClient } from '@lockstep/client';
import * as tf from '@tensorflow/tfjs-node';

const client = createClient({
  url: process.env['LOCKSTEP_URL'] ?? 'http://127.0.0.1:8470',
  ...(process.env['LOCKSTEP_TOKEN'] === undefined ? {} : { token: process.env['LOCKSTEP_TOKEN'] }),
});

const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 8, kernelSize: 5, activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10 }),
  ],
});

const { id, name } = await client.jobs.submit({
  name: 'tfjs-digits',
  task: 'multiclass',
  data: { train: 'mnist/train', test: 'mnist/test' },
  // An object, not the text that toJSON gives by default; in model.json it is `modelTopology`.
  model: { file: model.toJSON(undefined, false) },
  training: { epochs: 2, batchSize: 128, seed: 7 },
});
console.log(`${name} is job ${id}`);
for await (const event of client.jobs.events(id)) {
  if (event.type === 'epoch')
    console.log(`epoch ${event.epoch.epoch}  loss ${event.epoch.train.loss?.toFixed(4) ?? '–'}`);
}
const { state, test, failure } = await client.jobs.get(id);
console.log(
  state === 'SUCCEEDED' ? `test accuracy ${test?.accuracy?.toFixed(4) ?? '–'}` : `${state}: ${failure?.message ?? ''}`,
);
