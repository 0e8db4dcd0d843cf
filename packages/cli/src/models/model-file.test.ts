import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockstepClient } from '@lockstep/client';
import { LockstepError } from '@lockstep/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, recordOutput } from '../testing/fake-programs.js';
import { withModelFile } from './model-file.js';

const dense = { name: 'dense', units: 1, use_bias: false, batch_input_shape: [null, 1] };
const modelTopology = { class_name: 'Sequential', config: { layers: [{ class_name: 'Dense', config: dense }] } };
const weights = [{ name: 'dense/kernel', shape: [1, 1], dtype: 'float32' }];

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
  const model = { modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights }] };
  await writeFile(join(folder, 'model.json'), JSON.stringify(model));
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(Float32Array.of(1).buffer));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A service that says what it is asked for, and refuses jobs without a name. */
function fakeService(): { client: LockstepClient; asked: string[] } {
  const asked: string[] = [];
  const plan = (job: { readonly name?: unknown }): Promise<unknown> => {
    asked.push('plan');
    return job.name === undefined ? Promise.reject(new LockstepError('INVALID_SPEC', 'no name')) : Promise.resolve({});
  };
  const importModel = (name: string): Promise<unknown> => {
    asked.push(`import ${name}`);
    return Promise.resolve({ name, version: 1, weightsSha256: 'ab' });
  };
  return { client: { jobs: { plan }, models: { import: importModel } } as unknown as LockstepClient, asked };
}

describe('a model.json with weights that a job names', () => {
  const job = { model: { file: 'model.json' } };

  it('becomes a model that the job starts from', async () => {
    const { client, asked } = fakeService();
    const inlined = await withModelFile({ ...job, name: 'a' }, join(folder, 'job.yaml'), client, recordOutput());
    expect(inlined).toEqual({ name: 'a', model: { file: { modelTopology }, initialWeights: 'a-start/1@ab' } });
    expect(asked).toEqual(['plan', 'import a-start']);
  });

  it('leaves no model behind where the job is refused', async () => {
    const { client, asked } = fakeService();
    const refused = withModelFile(job, join(folder, 'job.yaml'), client, recordOutput());
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    expect(asked).toEqual(['plan']);
  });
});
