import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockstepClient } from '@lockstep/client';
import { isLockstepError } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../testing/fake-programs.js';
import { jobStatus } from '../testing/statuses.js';
import { saveModel } from './save-model.js';

const weights = Uint8Array.of(1, 2, 3, 4);
const weightsSha256 = createHash('sha256').update(weights).digest('hex');

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function clientWith(files: Record<string, Uint8Array<ArrayBuffer>>): LockstepClient {
  const models = {
    files: () => Promise.resolve(Object.keys(files)),
    download: (_: string, file: string) => Promise.resolve(files[file] ?? new Uint8Array()),
  };
  return { models } as unknown as LockstepClient;
}

describe('saving a model', () => {
  it('writes every file into a folder that it makes', async () => {
    const place = join(folder, 'a/b');
    const client = clientWith({ 'model.json': Uint8Array.of(123, 125), 'weights.bin': weights });
    expect(await saveModel(client, jobStatus('SUCCEEDED', { weightsSha256 }), place)).toBe(place);
    expect((await readdir(place)).sort()).toEqual(['model.json', 'weights.bin']);
    expect(await readFile(join(place, 'model.json'), 'utf8')).toBe('{}');
  });

  it('notices weights that are not the ones of the report', async () => {
    const saved = saveModel(
      clientWith({ 'weights.bin': weights }),
      jobStatus('SUCCEEDED', { weightsSha256: 'f'.repeat(64) }),
      folder,
    );
    await expect(saved).rejects.toSatisfy((error) => isLockstepError(error, 'HASH_MISMATCH'));
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['../evil', '.hidden', 'a/b', ''])('refuses a file called %j', async (name) => {
    await expect(saveModel(clientWith({ [name]: weights }), jobStatus('SUCCEEDED'), folder)).rejects.toThrow(
      /names a file/,
    );
  });
});
