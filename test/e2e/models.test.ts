/** A trained model in use: asked over HTTP, exported, imported again, and the start of another job. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobStatus } from '@lockstep/core';
import { TestCluster } from '../support/cluster.js';
import { runLockstep } from '../support/command.js';
import { exampleJob, type JobObject } from '../support/jobs.js';

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
