import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { elementCount, type JobPlan, type ModelOutput } from '@lockstep/core';
import { exportLayersModel, exportSavedModel, Predictor } from '@lockstep/engine';
import type { Tensor } from '@tensorflow/tfjs-node';
import { afterAll, describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { tf } from '../support/eager-reference.js';
import { LAYER_MODELS } from '../support/layer-models.js';
import { madeUpSamples, madeUpWeights, planMadeUp } from '../support/made-up-job.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-predict-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const SAMPLES = 23;
/** All sizes of native calls, and samples at each place in them. */
const PARTS = [1, 16, 4, 2];

interface Case {
  readonly plan: JobPlan;
  readonly parameters: Float32Array;
  readonly x: Float32Array;
}

function made(job: Parameters<typeof planMadeUp>[0]): Case {
  const plan = planMadeUp(job);
  return { plan, parameters: madeUpWeights(plan), x: Float32Array.from(madeUpSamples(plan, SAMPLES).x) };
}

function modelOf({ data, model }: JobPlan, activation: ModelOutput['activation']) {
  return { plan: model, offset: data.offset, scale: data.scale, activation };
}

/** What plain tfjs gives for the exported model. */
async function eager({ plan, parameters, x }: Case): Promise<Tensor> {
  const json = exportLayersModel(plan.model, parameters, {})[0];
  const { modelTopology } = JSON.parse(new TextDecoder().decode(json?.bytes)) as { modelTopology: object };
  const weightSpecs = plan.model.weights.map(({ name, shape }) => ({
    name,
    shape: [...shape],
    dtype: 'float32' as const,
  }));
  const weightData = parameters.slice().buffer;
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const { offset, scale, featureShape } = plan.data;
  return model.predict(
    tf
      .tensor(x, [SAMPLES, ...featureShape])
      .sub(offset)
      .mul(scale),
  ) as Tensor;
}

async function savedModel({ plan, parameters }: Case, input: Tensor): Promise<Tensor> {
  const own = mkdtempSync(path.join(folder, 'saved-'));
  for (const { name, bytes } of exportSavedModel(modelOf(plan, 'softmax'), plan.data.dtype, parameters)) {
    writeFileSync(path.join(own, name), bytes);
  }
  const model = await tf.node.loadSavedModel(own);
  const { outputs } = model.predict({ x: input }) as Record<string, Tensor>;
  model.dispose();
  return outputs as Tensor;
}

describe('A trained model answers as plain tfjs, the same bits whatever it is asked together with, and as a SavedModel, with', () => {
  it.each(LAYER_MODELS)('$name', async ({ job }) => {
    const one = made(job);
    const { plan, parameters, x } = one;
    const predictor = new Predictor(modelOf(plan, 'softmax'), parameters);
    const together = predictor.predict(x);
    expect(relativeDifference(together, tf.softmax(await eager(one)).dataSync())).toBeLessThanOrEqual(1e-6);
    const width = elementCount(plan.data.featureShape);
    let first = 0;
    const apart = PARTS.flatMap((count) => {
      const part = [...predictor.predict(x.slice(first * width, (first + count) * width))];
      first += count;
      return part;
    });
    expect(Buffer.compare(Buffer.from(Float32Array.from(apart).buffer), Buffer.from(together.buffer))).toBe(0);
    predictor.dispose();
    const answers = await savedModel(one, tf.tensor(x, [SAMPLES, ...plan.data.featureShape]));
    expect(answers.shape).toEqual([SAMPLES, 3]);
    expect(relativeDifference(answers.dataSync(), together)).toBeLessThanOrEqual(1e-6);
  });
});

describe('A trained model', () => {
  const layers = [{ type: 'flatten' as const }, { type: 'dense' as const, units: 3 }];

  it('scales pixels itself, also as a SavedModel, which takes them as uint8.', async () => {
    const one = made({ featureShape: [4, 4, 1], dtype: 'uint8', layers });
    const predictor = new Predictor(modelOf(one.plan, 'softmax'), one.parameters);
    const answers = predictor.predict(one.x);
    predictor.dispose();
    expect(relativeDifference(answers, tf.softmax(await eager(one)).dataSync())).toBeLessThanOrEqual(1e-6);
    const pixels = tf.tensor(one.x, [SAMPLES, 4, 4, 1], 'int32');
    const saved = await savedModel(one, pixels);
    expect(relativeDifference(saved.dataSync(), answers)).toBeLessThanOrEqual(1e-6);
  });

  it('applies sigmoid to logits where it is told to, and scales each element of the last axis by its own numbers.', () => {
    const one = made({ featureShape: [2], layers: [{ type: 'dense', units: 3 }] });
    const model = { ...modelOf(one.plan, 'sigmoid'), offset: [1, -2], scale: [0.5, 3] };
    const predictor = new Predictor(model, one.parameters);
    const scaled = tf.tensor(one.x, [SAMPLES, 2]).sub([1, -2]).mul([0.5, 3]);
    const [kernel, bias] = [tf.tensor(one.parameters.slice(0, 6), [2, 3]), tf.tensor(one.parameters.slice(6))];
    const expected = tf.sigmoid(scaled.matMul(kernel as never).add(bias)).dataSync();
    expect(relativeDifference(predictor.predict(one.x), expected)).toBeLessThanOrEqual(1e-6);
    predictor.dispose();
  });
});
