import { createHash } from 'node:crypto';
import type { JobPlan } from '@lockstep/core';
import { exportLayersModel, littleEndianBytes } from '@lockstep/engine';
import type { Tensor } from '@tensorflow/tfjs-node';
import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { EagerReference, tf } from '../support/eager-reference.js';
import { LAYER_MODELS } from '../support/layer-models.js';
import { madeUpSamples, madeUpWeights, planMadeUp } from '../support/made-up-job.js';
import { withRecordedJob } from '../support/recorded-job.js';

const SAMPLES = 4;

interface WeightEntry {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: 'float32';
}

interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly [{ readonly weights: WeightEntry[] }];
  readonly userDefinedMetadata: object;
}

function exported(plan: JobPlan, parameters: Float32Array) {
  const files = exportLayersModel(plan.model, parameters, { job: 'made-up' });
  const [json, weights] = ['model.json', 'weights.bin'].map((name) => files.find((file) => file.name === name)?.bytes);
  if (json === undefined || weights === undefined) throw new Error('A file is missing.');
  return { json: JSON.parse(new TextDecoder().decode(json)) as ModelJson, weights };
}

/** What plain tfjs's own loader makes of the files, and predicts. */
async function predict(plan: JobPlan, parameters: Float32Array): Promise<Float32Array> {
  const { json, weights } = exported(plan, parameters);
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest[0].weights,
      weightData: weights.slice().buffer,
    }),
  );
  const x = tf.tensor(Float32Array.from(madeUpSamples(plan, SAMPLES).x), [SAMPLES, ...plan.data.featureShape]);
  const outputs = (model.predict(x) as Tensor).dataSync() as Float32Array;
  model.dispose();
  return outputs;
}

/** Summed crossentropy of logits, in float64. */
function crossentropy(logits: Float32Array, labels: ArrayLike<number>): number {
  const classes = logits.length / labels.length;
  return Array.from(labels).reduce((sum, label, row) => {
    const values = [...logits.subarray(row * classes, (row + 1) * classes)];
    return sum + Math.log(values.reduce((total, value) => total + Math.exp(value), 0)) - (values[label] as number);
  }, 0);
}

describe('tf.loadLayersModel makes of an exported model one that predicts what the engine evaluates, with', () => {
  it.each([
    ...LAYER_MODELS,
    ...[{ center: false }, { scale: false }].map((options) => ({
      name: `layerNormalization ${Object.keys(options).join()} false`,
      job: {
        featureShape: [5],
        layers: [
          { type: 'layerNormalization' as const, ...options },
          { type: 'dense' as const, units: 3 },
        ],
      },
    })),
  ])('$name', async ({ job }) => {
    const plan = planMadeUp(job);
    const parameters = madeUpWeights(plan);
    const outputs = await predict(plan, parameters);
    const samples = madeUpSamples(plan, SAMPLES);
    const loss = withRecordedJob(plan, (recorded) => recorded.run('evaluate', parameters, samples).values[0]);
    expect(relativeDifference([loss as number], [crossentropy(outputs, samples.y)])).toBeLessThanOrEqual(1e-6);
  });
});

describe('An exported model', () => {
  const plan = planMadeUp({
    featureShape: [6],
    layers: [
      { type: 'dense', units: 5, activation: 'relu', name: 'hidden' },
      { type: 'dense', units: 3, activation: 'softmax' },
    ],
  });
  const parameters = madeUpWeights(plan);

  it('gives probabilities where the model ends in softmax, although training leaves it out.', async () => {
    const reference = new EagerReference(plan);
    reference.setWeights(parameters);
    const logits = tf.tensor2d(reference.evaluate(madeUpSamples(plan, SAMPLES)).outputs, [SAMPLES, 3]);
    const probabilities = tf.softmax(logits).dataSync();
    expect(relativeDifference(await predict(plan, parameters), probabilities)).toBeLessThanOrEqual(1e-6);
  });

  it("has weights whose SHA-256 is the one of the parameters' little-endian bytes.", () => {
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const { weights } = exported(plan, parameters);
    expect(sha256(weights)).toBe(sha256(littleEndianBytes(parameters)));
    const view = new DataView(weights.buffer, weights.byteOffset);
    expect(view.getFloat32(4, true)).toBe(parameters[1]);
  });

  it('keeps the names of layers and weights, and what it is told about the job.', () => {
    const { json } = exported(plan, parameters);
    expect(json.weightsManifest[0].weights.map(({ name, shape }) => [name, shape])).toEqual(
      plan.model.weights.map(({ name, shape }) => [name, shape]),
    );
    expect(json.weightsManifest[0].weights[0]?.name).toBe('hidden/kernel');
    expect(json.userDefinedMetadata).toEqual({ job: 'made-up' });
  });
});
