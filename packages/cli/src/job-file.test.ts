import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLockstepError, type LockstepError } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJobFile } from './job-file.js';
import { defaultJobFile } from './paths.js';
import { makeFolder } from './testing/fake-programs.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function read(content: string | Uint8Array): Promise<Record<string, unknown>> {
  const file = join(folder, 'job.yaml');
  await writeFile(file, content);
  return readJobFile(file);
}

async function failure(promise: Promise<unknown>): Promise<LockstepError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!isLockstepError(error)) throw error instanceof Error ? error : new Error('it was read');
  return error;
}

/** What is wrong with a content, each fault as a line. */
async function faults(content: string | Uint8Array): Promise<string[]> {
  const error = await failure(read(content));
  expect(error.code).toBe('INVALID_SPEC');
  return error.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('reading a job file', () => {
  it('takes YAML and JSON alike', async () => {
    const job = { name: 'x', training: { epochs: 3 } };
    expect(await read('name: x\ntraining: { epochs: 3 }\n')).toEqual(job);
    expect(await read(JSON.stringify(job))).toEqual(job);
  });

  it('reads the job of the demo', async () => {
    expect(await readJobFile(defaultJobFile)).toMatchObject({ name: 'mnist-cnn', task: 'multiclass' });
  });

  it('names line and column of every fault in the text', async () => {
    expect(await faults('name: x\ntraining: {\n  epochs: 3\nname: y\n')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^line \d+, column \d+: /)]),
    );
    expect(await faults('name: x\nname: y\n')).toEqual(['line 2, column 1: Map keys must be unique']);
  });

  it('refuses tags it does not know, several documents and what is no mapping', async () => {
    expect((await faults('name: !!js/function "x"'))[0]).toContain('Unresolved tag');
    expect((await faults('a: 1\n---\nb: 2\n'))[0]).toContain('multiple documents');
    expect((await faults('- a\n- b\n'))[0]).toContain('must be a mapping');
    expect((await faults(''))[0]).toContain('it is empty');
    expect((await faults(Uint8Array.of(0x61, 0xff, 0xfe)))[0]).toContain('not UTF-8');
  });

  it('survives aliases that unfold into billions and nesting without end', async () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`);
    expect((await faults(['l0: &l0 [x]', ...levels].join('\n')))[0]).toContain('aliases');
    expect((await faults(`a: ${'['.repeat(200_000)}`)).length).toBeLessThanOrEqual(10);
  });

  it('refuses what is larger than a megabyte, a device without an end too', async () => {
    expect((await faults(`name: ${'x'.repeat(2 ** 20)}`))[0]).toContain('larger than 1 MB');
    expect((await failure(readJobFile('/dev/zero'))).faults[0]?.message).toContain('larger than 1 MB');
  });

  it('says that a file is missing or is a folder', async () => {
    const missing = await failure(readJobFile(join(folder, 'missing.yaml')));
    expect(missing).toMatchObject({ code: 'NOT_FOUND' });
    expect(missing.message).toMatch(/missing\.yaml cannot be read: there is no such file$/);
    await mkdir(join(folder, 'sub'));
    expect((await failure(readJobFile(join(folder, 'sub')))).message).toContain('it is a folder');
  });
});
