import { LockstepError, planJob, type DatasetManifest } from '@lockstep/core';
import { MemoryNetwork } from '@lockstep/transport';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TrainedModel } from './registry.js';
import { StoredModelRegistry } from './stored-model-registry.js';

const manifest: DatasetManifest = {
  name: 'made-up',
  version: 3,
  features: { shape: [2], dtype: 'float32', offset: 1, scale: 0.5, names: ['a', 'b'] },
  labels: { kind: 'classes', classNames: ['no', 'yes', 'perhaps'] },
  rowsPerShard: 10,
  splits: { train: { count: 10, shards: [] } },
  source: 'made up',
};

function trained(job: string, value = 1, name = 'small.model'): TrainedModel {
  const file = {
    ...{ name, task: 'multiclass', data: { train: 'made-up/train', validation: 0 } },
    model: { layers: [{ type: 'dense', units: 3, name: 'out' }] },
    training: { batchSize: 5 },
  };
  const result = planJob(file, () => manifest);
  if (!result.ok) throw new LockstepError('INVALID_SPEC', 'the test has faults', { faults: result.faults });
  const { plan } = result;
  const parameters = new Float32Array(plan.model.parameters).fill(value);
  const metrics = { train: { samples: 10, loss: 0.5 }, validation: null, test: null };
  return { job, plan, manifest, parameters, metrics, createdAt: new Date(0) };
}

let network: MemoryNetwork;
let opened = 0;
let registry: StoredModelRegistry;

function open(): Promise<StoredModelRegistry> {
  return StoredModelRegistry.open(network.connect(`coordinator-${String((opened += 1))}`), (_plan, parameters) => [
    { name: 'model.json', bytes: new Uint8Array([1]) },
    { name: 'weights.bin', bytes: new Uint8Array(parameters.slice().buffer) },
  ]);
}

beforeEach(async () => {
  network = new MemoryNetwork();
  registry = await open();
});

describe('The model registry', () => {
  it('numbers the versions of a name and keeps what a model is.', async () => {
    await registry.register(trained('j-1'));
    const second = await registry.register(trained('j-2', 2));
    expect(second).toMatchObject({
      ...{ name: 'small.model', version: 2, job: 'j-2', task: 'multiclass', parameters: 9 },
      ...{ classNames: ['no', 'yes', 'perhaps'], output: { kind: 'probabilities', activation: 'softmax' } },
      features: { shape: [2], offset: 1, names: ['a', 'b'], columns: null },
      dataset: { name: 'made-up', version: 3 },
      layers: [{ type: 'dense', name: 'out', units: 3 }],
    });
    expect(await registry.list()).toEqual([{ name: 'small.model', latest: 2, versions: [1, 2], aliases: {} }]);
    expect((await registry.weights('small.model')).parameters).toEqual(new Float32Array(9).fill(2));
    expect(await (await open()).get('small.model/1')).toMatchObject({
      job: 'j-1',
      createdAt: new Date(0).toISOString(),
    });
  });

  it('makes one version of a job, however often it is registered and by however many.', async () => {
    const other = await open();
    await Promise.all([registry.register(trained('j-1')), other.register(trained('j-1'))]);
    await registry.register(trained('j-1'));
    expect((await registry.list())[0]?.versions).toEqual([1]);
  });

  it('gives two jobs that end at once a version each, also from two coordinators.', async () => {
    const other = await open();
    const models = await Promise.all([registry.register(trained('j-1')), other.register(trained('j-2'))]);
    expect(models.map(({ version }) => version).sort()).toEqual([1, 2]);
  });

  it('finds a version by its alias, and by latest.', async () => {
    await registry.register(trained('j-1'));
    await registry.register(trained('j-2'));
    await registry.setAlias('small.model', 'champion', 1);
    expect(await registry.get('small.model/champion')).toMatchObject({ version: 1 });
    expect(await registry.get('small.model/latest')).toMatchObject({ version: 2 });
    await registry.setAlias('small.model', 'champion', 2);
    expect(await registry.pin('small.model/champion')).toMatchObject({ name: 'small.model', version: 2 });
    await registry.removeAlias('small.model', 'champion');
    await expect(registry.get('small.model/champion')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each([
    ['nothing', 'NOT_FOUND'],
    ['small.model/7', 'NOT_FOUND'],
    ['small.model/constructor', 'NOT_FOUND'],
    ['small.model/1/2', 'INVALID_OPTION'],
    ['../x', 'INVALID_OPTION'],
    ['small.model/0', 'INVALID_OPTION'],
  ])('refuses the reference %s with %s.', async (reference, code) => {
    await registry.register(trained('j-1'));
    await expect(registry.get(reference)).rejects.toMatchObject({ code });
  });

  it.each(['latest', '12', 'a b', ''])('does not take %j as an alias.', async (alias) => {
    await registry.register(trained('j-1'));
    await expect(registry.setAlias('small.model', alias, 1)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('deletes a version that no alias names, with the files that no other has, and never gives its number again.', async () => {
    const [first, second] = [await registry.register(trained('j-1')), await registry.register(trained('j-2', 2))];
    await registry.setAlias('small.model', 'champion', 2);
    await expect(registry.delete('small.model', 2)).rejects.toMatchObject({ code: 'CONFLICT' });
    await registry.removeAlias('small.model', 'champion');
    await registry.delete('small.model', 2);
    await expect(registry.get('small.model/2')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(registry.file(second, 'weights.bin')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // Both versions have this file.
    expect(await registry.file(first, 'model.json')).toEqual(new Uint8Array([1]));
    expect(await registry.register(trained('j-3'))).toMatchObject({ version: 3 });
  });

  it('imports a model once, and again only if something in it differs.', async () => {
    const { layers, features, classNames } = await registry.register(trained('j-1'));
    const parameters = new Float32Array(9);
    const model = { name: 'small.model', layers, features, classNames, labelNames: [], parameters };
    const first = await registry.import({ ...model, createdAt: new Date(1) });
    expect(first).toMatchObject({ version: 2, job: null, output: { kind: 'scores' } });
    expect(await registry.import({ ...model, createdAt: new Date(2) })).toEqual(first);
    const other = { ...model, parameters: new Float32Array(9).fill(1), createdAt: new Date(2) };
    expect(await registry.import(other)).toMatchObject({ version: 3 });
    await expect(registry.import({ ...other, parameters: new Float32Array(8) })).rejects.toMatchObject({
      code: 'INVALID_MODEL',
    });
  });

  it('keeps further files of a job with its model, and gives them back.', async () => {
    const state = { name: 'training-state.safetensors', bytes: new Uint8Array([4, 2]) };
    const model = await registry.register({ ...trained('j-1'), files: [state] });
    expect(await (await open()).file(model, state.name)).toEqual(state.bytes);
  });
});
