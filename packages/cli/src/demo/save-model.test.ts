import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockstepClient } from '@lockstep/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../testing/fake-programs.js';
import { jobStatus } from '../testing/statuses.js';
import { saveModel } from './save-model.js';

const weights = Uint8Array.of(1, 2, 3, 4);
const weightsSha256 = createHash('sha256').update(weights).digest('hex');
const model = { name: 'mnist-cnn', version: 3 };

let folder: string;
let client: Pick<LockstepClient, 'models'>;
const asked: string[] = [];
beforeEach(async () => {
  asked.length = 0;
  folder = await makeFolder();
  const files = join(folder, 'files');
  await mkdir(files);
  await writeFile(join(files, 'model.json'), '{}');
  await writeFile(join(files, 'weights.bin'), weights);
  const tar = execFileSync('tar', ['--format=ustar', '-cf', '-', '-C', files, 'model.json', 'weights.bin']);
  const exported = (...request: unknown[]): Promise<Uint8Array> => {
    asked.push(request.join(' '));
    return Promise.resolve(tar);
  };
  client = { models: { export: exported } } as unknown as LockstepClient;
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('saving the model of a job', () => {
  it('writes its files for tfjs into a folder that it makes', async () => {
    const place = join(folder, 'a/b');
    expect(await saveModel(client, jobStatus('SUCCEEDED', { weightsSha256, model }), place)).toBe(place);
    expect(asked).toEqual(['mnist-cnn 3 tfjs']);
    expect((await readdir(place)).sort()).toEqual(['model.json', 'weights.bin']);
    expect(await readFile(join(place, 'model.json'), 'utf8')).toBe('{}');
  });

  it('notices weights that are not the ones of the report, and writes nothing then', async () => {
    const place = join(folder, 'out');
    const status = jobStatus('SUCCEEDED', { weightsSha256: 'f'.repeat(64), model });
    await expect(saveModel(client, status, place)).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
    await expect(readdir(place)).rejects.toThrow('ENOENT');
  });

  it('names --out where the folder cannot be made', async () => {
    const status = jobStatus('SUCCEEDED', { weightsSha256, model });
    const saving = saveModel(client, status, join(folder, 'files', 'model.json'));
    await expect(saving).rejects.toMatchObject({ code: 'INVALID_OPTION', hint: 'Choose another folder with --out.' });
  });

  it('saves nothing of a job that has made none', async () => {
    expect(await saveModel(client, jobStatus('SUCCEEDED'), join(folder, 'out'))).toBeNull();
    expect(asked).toEqual([]);
  });
});
