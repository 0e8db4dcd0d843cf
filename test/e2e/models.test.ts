/** A trained model in use: asked over HTTP, exported, imported again, and the start of another job. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobStatus } from '@lockstep/core';
import { TestCluster } from '../support/cluster.js';
import { runLockstep } from '../support/command.js';
import { exampleJob, writeJob, type JobObject } from '../support/jobs.js';

let cluster: TestCluster;
let first: JobStatus;

const short = { epochs: 1, batchSize: 512 };

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 1 });
  first = await cluster.train(await exampleJob('mnist-mlp', { name: 'digits', training: short }));
});

afterAll(() => cluster.close());

/** Float32 values of a model's weight by its name. */
async function weight(version: number, name: string): Promise<Float32Array> {
  const { models } = cluster.client;
  const text = new TextDecoder().decode(await models.downloadFile('digits', version, 'model.json'));
  const { weightsManifest } = JSON.parse(text) as {
    weightsManifest: { weights: { name: string; shape: number[] }[] }[];
  };
  const bytes = await models.downloadFile('digits', version, 'weights.bin');
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  let offset = 0;
  for (const { name: found, shape } of weightsManifest[0]?.weights ?? []) {
    const size = shape.reduce((product, length) => product * length, 1);
    if (found === name) return values.slice(offset, offset + size);
    offset += size;
  }
  throw new Error(`There is no weight ${name}.`);
}

const layers = (units: number, name: string): JobObject[] => [
  { type: 'flatten' },
  { type: 'dense', units: 128, activation: 'relu', name: 'dense_1', trainable: false },
  { type: 'dense', units, name },
];

/** As tensorflowjs_converter writes a Keras 2 model of one dense layer. */
function kerasModel(): object {
  const common = { trainable: true, dtype: 'float32' };
  const glorot = { class_name: 'GlorotUniform', config: { seed: null } };
  const free = {
    kernel_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
  };
  const dense = { ...common, ...free, name: 'dense', units: 10, activation: 'linear', use_bias: true };
  const layers = [
    { class_name: 'InputLayer', config: { batch_input_shape: [null, 28, 28, 1], dtype: 'float32', name: 'input_1' } },
    { class_name: 'Flatten', config: { ...common, name: 'flatten', data_format: 'channels_last' } },
    { class_name: 'Dense', config: { ...dense, kernel_initializer: glorot, bias_initializer: 'zeros' } },
  ];
  const weights = [
    { name: 'dense/kernel', shape: [784, 10], dtype: 'float32' },
    { name: 'dense/bias', shape: [10], dtype: 'float32' },
  ];
  const config = { name: 'sequential', layers };
  return {
    ...{ format: 'layers-model', generatedBy: 'keras v2.15.0', convertedBy: 'TensorFlow.js Converter v4.22.0' },
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: { class_name: 'Sequential', config },
    },
    weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights }],
  };
}

describe('a trained model', () => {
  it('is version 1 of its name, with what it was made from.', async () => {
    expect(first.state).toBe('SUCCEEDED');
    const model = await cluster.client.models.get('digits', 'latest');
    expect(model).toMatchObject({
      ...{ name: 'digits', version: 1, job: first.id, weightsSha256: first.weightsSha256 },
      ...{ dataset: { name: 'mnist', version: 1 }, task: 'multiclass', output: { kind: 'probabilities' } },
      metrics: { test: first.test },
    });
    expect(model.classNames).toHaveLength(10);
  });

  it('answers many requests at once, each as if it were alone.', async () => {
    const { models } = cluster.client;
    const digit = (value: number): number[] => Array.from({ length: 784 }, (_, index) => (index * value) % 256);
    const alone = [];
    for (let value = 0; value < 12; value += 1)
      alone.push(...(await models.predict('digits', [digit(value)])).predictions);
    const instances = Array.from({ length: 12 }, (_, value) => digit(value));
    const together = await models.predict('digits', instances, 1);
    const apart = await Promise.all(instances.map((instance) => models.predict('digits', [instance])));
    expect(together.predictions).toEqual(alone);
    expect(apart.flatMap(({ predictions }) => predictions)).toEqual(alone);
    const sum = alone[0]?.probabilities?.reduce((total, share) => total + share, 0);
    expect(sum).toBeCloseTo(1, 5);
  });

  it('answers requests of megabytes with what each sample is answered alone, and refuses wrong ones.', async () => {
    const { models } = cluster.client;
    const digit = (value: number): number[] => Array.from({ length: 784 }, (_, index) => (index * value) % 256);
    const many = Array.from({ length: 2000 }, (_, value) => digit(value % 50));
    const [few, large, again] = await Promise.all(
      [many.slice(0, 50), many, many].map((one) => models.predict('digits', one)),
    );
    expect(large?.predictions).toEqual(many.map((_, index) => few?.predictions[index % 50]));
    expect(again).toEqual(large);
    const wrong = [...many, [1, 2]];
    const faults = [expect.objectContaining({ path: 'instances[2000]' }) as unknown];
    await expect(models.predict('digits', wrong)).rejects.toMatchObject({ code: 'INVALID_INSTANCES', faults });
  });

  it('has on the test split what its job said.', async () => {
    const { metrics } = await cluster.client.models.evaluate('digits', 'mnist/test', 1);
    expect(metrics).toMatchObject({ samples: first.test?.samples, confusion: first.test?.confusion });
    expect(metrics.accuracy).toBe(first.test?.accuracy);
    expect(metrics.loss).toBeCloseTo(Number(first.test?.loss), 5);
  });

  it('is the start of another job: frozen layers keep its bits, a new head is trained.', async () => {
    const spec = await exampleJob('mnist-mlp', { name: 'digits', training: { ...short, seed: 99 } });
    const model = { layers: layers(10, 'head'), initialWeights: 'digits/latest' };
    const next = await cluster.train({ ...spec, model });
    expect(next).toMatchObject({ state: 'SUCCEEDED', failure: null });
    const made = await cluster.client.models.get('digits', 2);
    // Pinned, so that the job is the same one when it is run again with another latest.
    expect(made.spec).toMatchObject({ model: { initialWeights: `digits/1@${String(first.weightsSha256)}` } });
    for (const name of ['dense_1/kernel', 'dense_1/bias']) expect(await weight(2, name)).toEqual(await weight(1, name));
    const again = await cluster.train(made.spec);
    expect(again.weightsSha256).toBe(next.weightsSha256);
  });

  it('is no start for layers that do not fit it, which are named.', async () => {
    const spec = await exampleJob('mnist-mlp', { name: 'digits', training: short });
    const model = { layers: layers(10, 'head'), initialWeights: 'digits/1' };
    const [flatten, , head] = model.layers;
    const other = {
      ...spec,
      model: { ...model, layers: [flatten, { type: 'dense', units: 7, name: 'dense_1' }, head] },
    };
    await expect(cluster.client.jobs.submit(other)).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      faults: [{ path: 'model.layers[1] (dense_1)' }],
    });
  });

  it('is listed, shown, asked and exported from the command line.', async () => {
    const model = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runLockstep(['model', ...args, '--url', cluster.client.url]);
      expect(code, stderr).toBe(0);
      return stdout;
    };
    await model('alias', 'digits/1', 'champion');
    expect(await model('list')).toMatch(/digits +\d+ +\d+ +champion → 1/);
    expect(await model('get', 'digits/champion')).toContain(String(first.weightsSha256));
    const summary = await model('summary', 'digits/1');
    expect(summary).toMatch(/dense_1 +dense +128 +100,480\n/);
    expect(summary).toContain('101,770 parameters');
    expect(await model('evaluate', 'digits/champion', 'mnist/test')).toContain(
      `accuracy ${first.test?.accuracy?.toFixed(3)}`,
    );
    const file = join(cluster.folder, 'digit.json');
    await writeFile(file, JSON.stringify([Array.from({ length: 784 }, (_, index) => index % 256)]));
    const answer = JSON.parse(await model('predict', 'digits/1', file, '--json')) as {
      predictions: { class: string }[];
    };
    expect(answer).toMatchObject({ model: { name: 'digits', version: 1 } });
    expect(answer.predictions[0]?.class).toMatch(/^\d$/);
    for (const [format, name] of [
      ['savedmodel', 'saved_model.pb'],
      ['tfjs', 'model.json'],
    ] as const) {
      const folder = join(cluster.folder, format);
      expect(await model('export', 'digits/1', '--format', format, '--out', folder)).toBe(`${folder}\n`);
      expect(await readdir(folder)).toContain(name);
    }
    await model('export', 'digits/1', '--format', 'safetensors', '--out', cluster.folder);
    await model('import', 'other', join(cluster.folder, 'model.safetensors'));
    await model('delete', 'other/1');
    expect(await model('list')).not.toContain('other');
    const named = await runLockstep(['model', 'delete', 'digits/1', '--url', cluster.client.url]);
    expect(named).toMatchObject({ code: 1, stderr: expect.stringContaining('CONFLICT') as string });
    await model('alias', 'digits', 'champion', '--delete');
  });

  it('may come from Keras: a job trains the model.json of its converter on, weights and all, to the same bits as its layers.', async () => {
    const kernel = Float32Array.from({ length: 7840 }, (_, index) => ((index * 37) % 101) / 1010 - 0.05);
    const bias = new Float32Array(10).fill(0.125);
    await writeFile(
      join(cluster.folder, 'group1-shard1of1.bin'),
      Buffer.concat([new Uint8Array(kernel.buffer), new Uint8Array(bias.buffer)]),
    );
    await writeFile(join(cluster.folder, 'model.json'), JSON.stringify(kerasModel()));
    const spec = await exampleJob('mnist-mlp', { name: 'keras', training: short });
    const job = await writeJob(cluster.folder, { ...spec, model: { file: 'model.json' } });
    const { code, stdout, stderr } = await runLockstep(['train', job, '--json', '--url', cluster.client.url]);
    expect(code, stderr).toBe(0);
    const start = await cluster.client.models.get('keras-start', 1);
    const made = await cluster.client.models.get('keras', 1);
    const layers = [
      { type: 'flatten', name: 'flatten' },
      { type: 'dense', name: 'dense', units: 10 },
    ];
    expect(made).toMatchObject({ layers, weightsSha256: (JSON.parse(stdout) as JobStatus).weightsSha256 });
    const initialWeights = `keras-start/1@${start.weightsSha256}`;
    expect(made.spec).toMatchObject({ model: { layers, initialWeights } });
    const again = await cluster.train({ ...spec, model: { layers, initialWeights } });
    expect(again.weightsSha256).toBe(made.weightsSha256);
  });

  it('answers the same bits after it was exported and imported under another name.', async () => {
    const { models } = cluster.client;
    const tar = Buffer.from(await models.export('digits', 1, 'safetensors'));
    const bytes = Number.parseInt(tar.subarray(124, 135).toString(), 8);
    const copy = await models.import('copy', new Uint8Array(tar.subarray(512, 512 + bytes)));
    expect(copy).toMatchObject({ name: 'copy', version: 1, weightsSha256: first.weightsSha256 });
    const instance = Array.from({ length: 784 }, (_, index) => index % 256);
    const [one, other] = [await models.predict('digits', [instance], 1), await models.predict('copy', [instance])];
    expect(other.predictions).toEqual(one.predictions);
  });
});
