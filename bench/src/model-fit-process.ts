/** The process of model-fit.ts. */
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { CLASSES, makeData, MODELS, SIDE, type Workload } from './workload.js';

export interface ModelFitTask extends Workload {
  readonly samples: number;
}

async function measure({ model: name, batchSize, samples }: ModelFitTask): Promise<number> {
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node') as typeof TensorFlow;
  const layers = tf.layers as unknown as Record<string, (options: object) => TensorFlow.layers.Layer>;
  const model = tf.sequential();
  MODELS[name].forEach(({ type, ...options }, index) => {
    const shape = index === 0 ? { inputShape: [SIDE, SIDE, 1] } : {};
    model.add((layers[type] as (typeof layers)[string])({ ...options, ...shape }));
  });
  model.compile({
    optimizer: tf.train.sgd(0.01),
    loss: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
  });
  const data = makeData();
  const x = tf.tensor4d(
    Float32Array.from(data.x.subarray(0, samples * SIDE * SIDE), (v) => v / 255),
    [samples, SIDE, SIDE, 1],
  );
  const y = tf.oneHot(tf.tensor1d(data.y.subarray(0, samples), 'int32'), CLASSES).toFloat();
  const options = { batchSize, epochs: 1, verbose: 0, shuffle: true };
  const warmUp = Math.min(samples, batchSize);
  await model.fit(x.slice([0, 0, 0, 0], [warmUp, SIDE, SIDE, 1]), y.slice([0, 0], [warmUp, CLASSES]), options);
  const started = performance.now();
  await model.fit(x, y, options);
  return (samples * 1000) / (performance.now() - started);
}

process.once('message', (task: ModelFitTask) => {
  measure(task)
    .then((samplesPerSecond) => process.send?.({ samplesPerSecond }, () => process.disconnect()))
    .catch(() => process.exit(1));
});
