import {
  modelVersionSchema,
  writeSafetensors,
  type DatasetManifest,
  type ModelVersion,
  type SafeTensor,
} from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { evaluateModel, type EvaluationSources } from './evaluate-model.js';

const SAMPLES = 300;

function model(changes: object): ModelVersion {
  return modelVersionSchema.parse({
    ...{ name: 'm', version: 2, job: 'j', createdAt: '', task: null, spec: null, metrics: null, dataset: null },
    layers: [{ type: 'dense', units: 1, name: 'out' }],
    features: { shape: [1], dtype: 'float32', offset: 1, scale: 2, names: null, columns: null, image: null },
    output: { kind: 'values', activation: 'none' },
    ...{ classNames: [], labelNames: [], weightsSha256: 'ab'.repeat(32), parameters: 2, files: [] },
    ...changes,
  });
}

function manifest(labels: DatasetManifest['labels']): DatasetManifest {
  return {
    ...{ name: 'toy', version: 3, rowsPerShard: SAMPLES, source: 'made up', labels },
    features: { shape: [1], dtype: 'float32', offset: 0, scale: 1 },
    splits: { test: { count: SAMPLES, shards: [{ sha256: 'ab'.repeat(32), bytes: 1, count: SAMPLES }] } },
  };
}

/** Samples x = 0, 1, 2 … whose answers are a function of x. */
function sources(
  labels: DatasetManifest['labels'],
  label: (x: number) => number,
  answer: (x: number) => readonly number[],
): EvaluationSources {
  const x = Float32Array.from({ length: SAMPLES }, (_, index) => index);
  const y = labels.kind === 'classes' ? Int32Array.from(x, label) : Float32Array.from(x, label);
  const targets: [string, SafeTensor] = [
    'y',
    y instanceof Int32Array
      ? { dtype: 'I32', shape: [SAMPLES], data: y }
      : { dtype: 'F32', shape: [SAMPLES, 1], data: y },
  ];
  const shard = writeSafetensors([['x', { dtype: 'F32', shape: [SAMPLES, 1], data: x }], targets]);
  return {
    find: (name) => (name === 'toy' ? manifest(labels) : undefined),
    shard: () => Promise.resolve(shard),
    predict: (_model, rows) => Promise.resolve(Float32Array.from([...rows].flatMap((value) => [...answer(value)]))),
    signal: new AbortController().signal,
  };
}

const classes = (...classNames: string[]): DatasetManifest['labels'] => ({ kind: 'classes', classNames });

describe('The evaluation of a model', () => {
  it('of classes has the loss, the accuracy and the confusion matrix.', async () => {
    const labels = classes('a', 'b', 'c');
    const asked = model({ output: { kind: 'probabilities', activation: 'softmax' }, classNames: ['a', 'b', 'c'] });
    // Every third is taken for the class after its own.
    const answer = (x: number): number[] =>
      x % 3 === 2 ? [0.5, 0.25, 0.25] : x % 3 === 1 ? [0.25, 0.5, 0.25] : [0.5, 0.25, 0.25];
    const found = await evaluateModel(
      asked,
      'toy/test',
      sources(labels, (x) => x % 3, answer),
    );
    expect(found).toMatchObject({
      model: { name: 'm', version: 2 },
      dataset: { name: 'toy', version: 3, split: 'test' },
    });
    const third = SAMPLES / 3;
    expect(found.metrics).toMatchObject({
      ...{ samples: SAMPLES, accuracy: 2 / 3 },
      confusion: [
        [third, 0, 0],
        [0, third, 0],
        [third, 0, 0],
      ],
    });
    expect(found.metrics.loss).toBeCloseTo((2 * Math.log(2) + Math.log(4)) / 3, 6);
  });

  it('weighs the loss by the class weights of the job, and nothing else.', async () => {
    const output = { kind: 'probabilities', activation: 'softmax' };
    const asked = model({ output, classNames: ['a', 'b'], classWeights: [3, 1] });
    const found = await evaluateModel(
      asked,
      'toy/test',
      sources(
        classes('a', 'b'),
        (x) => x % 2,
        (x) => (x % 2 === 1 ? [0.5, 0.5] : [0.25, 0.75]),
      ),
    );
    expect(found.metrics.loss).toBeCloseTo((3 * Math.log(4) + Math.log(2)) / 4, 6);
    expect(found.metrics).toMatchObject({ samples: SAMPLES, accuracy: 0 });
  });

  it('of one probability has precision and recall.', async () => {
    const asked = model({ output: { kind: 'probabilities', activation: 'sigmoid' }, classNames: ['no', 'yes'] });
    const found = await evaluateModel(
      asked,
      'toy/test',
      sources(
        classes('no', 'yes'),
        (x) => x % 2,
        (x) => [x % 4 === 3 || x % 4 === 0 ? 0.75 : 0.25],
      ),
    );
    expect(found.metrics).toMatchObject({ accuracy: 0.5, precision: 0.5, recall: 0.5 });
  });

  it('of values has the errors, and what of the variance is explained.', async () => {
    const asked = model({ labelNames: ['price'], task: 'regression' });
    const found = await evaluateModel(
      asked,
      'toy@3/test',
      sources(
        { kind: 'values', names: ['price'] },
        (x) => x,
        (x) => [x + 2],
      ),
    );
    expect(found.metrics).toMatchObject({ loss: 4, meanAbsoluteError: 2 });
    const variance = (SAMPLES ** 2 - 1) / 12;
    expect(found.metrics.rSquared).toBeCloseTo(1 - 4 / variance, 6);
  });

  it('of an autoencoder compares with the sample as the model sees it.', async () => {
    const found = await evaluateModel(
      model({}),
      'toy/test',
      sources(
        classes('a', 'b'),
        () => 0,
        (x) => [(x - 1) * 2 + 3],
      ),
    );
    expect(found.metrics).toEqual({ samples: SAMPLES, loss: 9 });
  });

  it.each([
    ['other/test', 'NOT_FOUND'],
    ['toy/train', 'NOT_FOUND'],
    ['toy@4/test', 'NOT_FOUND'],
    ['toy', 'INVALID_OPTION'],
  ])('on %s is refused with %s.', async (reference, code) => {
    const asked = evaluateModel(
      model({}),
      reference,
      sources(
        classes('a', 'b'),
        () => 0,
        (x) => [x],
      ),
    );
    await expect(asked).rejects.toMatchObject({ code });
  });

  it('on a dataset of other classes or features is refused.', async () => {
    const from = sources(
      classes('a', 'b'),
      () => 0,
      (x) => [x],
    );
    const output = { kind: 'probabilities', activation: 'softmax' };
    for (const changes of [
      { output, classNames: ['a', 'c'] },
      { features: { ...model({}).features, shape: [2] } },
      { labelNames: ['price'] },
    ]) {
      await expect(evaluateModel(model(changes), 'toy/test', from)).rejects.toMatchObject({ code: 'INVALID_DATASET' });
    }
  });
});
