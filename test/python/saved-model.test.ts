/** Exported models in the hands of those who use TensorFlow from Python: they load, and answer as here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobPlan } from '@lockstep/core';
import { exportSavedModel, Predictor } from '@lockstep/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { LAYER_MODELS } from '../support/layer-models.js';
import { madeUpSamples, madeUpWeights, planMadeUp, type MadeUpJob } from '../support/made-up-job.js';
import { INSTALL_MILLISECONDS, pythonWith, runPython } from '../support/python.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-python-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const SAMPLES = 7;

const PIXELS: MadeUpJob = {
  featureShape: [4, 4, 1],
  dtype: 'uint8',
  layers: [
    { type: 'conv2d', filters: 2, kernelSize: 2, activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: 3 },
  ],
};
const cases: readonly { readonly name: string; readonly job: MadeUpJob }[] = [
  ...LAYER_MODELS,
  { name: 'pixels, which it takes as uint8 and scales itself', job: PIXELS },
];

interface Answer {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly outputs: readonly number[];
}

/** Writes the model down and answers for it here. */
function exported(plan: JobPlan, index: number): { x: number[]; shape: number[]; folder: string; here: Float32Array } {
  const own = path.join(folder, String(index));
  const { data, model } = plan;
  const forward = { plan: model, offset: data.offset, scale: data.scale, activation: 'softmax' } as const;
  const parameters = madeUpWeights(plan);
  mkdirSync(own);
  for (const { name, bytes } of exportSavedModel(forward, data.dtype, parameters))
    writeFileSync(path.join(own, name), bytes);
  const x = [...madeUpSamples(plan, SAMPLES).x];
  const predictor = new Predictor(forward, parameters);
  const here = predictor.predict(Float32Array.from(x));
  predictor.dispose();
  return { x, shape: [SAMPLES, ...data.featureShape], folder: own, here };
}

let here: readonly Float32Array[] = [];
let there: readonly Answer[] = [];

beforeAll(() => {
  const python = pythonWith('tensorflow');
  const models = cases.map(({ job }, index) => exported(planMadeUp(job), index));
  here = models.map((model) => model.here);
  const input = JSON.stringify(models.map(({ x, shape, folder: own }) => ({ x, shape, folder: own })));
  there = runPython(python, 'saved-models.py', [], input) as Answer[];
}, INSTALL_MILLISECONDS);

it.each(cases.map(({ name }, index) => ({ name, index })))(
  'A SavedModel answers in Python as here, with $name',
  ({ index }) => {
    const answer = there[index];
    expect(answer?.shape).toEqual([SAMPLES, 3]);
    expect(answer?.dtype).toBe(cases[index]?.job.dtype ?? 'float32');
    expect(
      relativeDifference(Float32Array.from(answer?.outputs ?? []), here[index] as Float32Array),
    ).toBeLessThanOrEqual(1e-6);
  },
);
