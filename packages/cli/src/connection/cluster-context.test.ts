import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from '../testing/fake-programs.js';
import { readClusterContext, readTokenFile } from './cluster-context.js';

let file: string;
beforeEach(async () => {
  file = join(await makeFolder(), 'file');
});
afterEach(async () => {
  await rm(join(file, '..'), { recursive: true });
});

it('is there when the file is', async () => {
  expect(await readClusterContext(undefined)).toBeUndefined();
  expect(await readClusterContext(file)).toBeUndefined();
  await writeFile(file, '{"url": "http://c:8470", "token": "t"}');
  expect(await readClusterContext(file)).toEqual({ url: 'http://c:8470', token: 't' });
});

it.each(['', '{}', '{"url": 1}', '{"url": "u", "token": 1}'])('is refused when it holds %j', async (text) => {
  await writeFile(file, text);
  await expect(readClusterContext(file)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it('that cannot be read is no reason to go to another service', async () => {
  await mkdir(file);
  await expect(readClusterContext(file)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it('reads a token out of a file, and says so when there is none', async () => {
  expect(await readTokenFile(undefined)).toBeUndefined();
  await expect(readTokenFile(file)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await writeFile(file, ' secret\n');
  expect(await readTokenFile(file)).toBe('secret');
});
