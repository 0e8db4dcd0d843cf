import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { removeLeftFolders, ThreadFiles } from './thread-files.js';

/** No process has it: it is more than Linux gives. */
const GONE = 2 ** 22 + 1;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lockstep-test-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('go when they are removed, and at another worker’s start when their process is gone', async () => {
  const files = await ThreadFiles.make();
  await files.write({} as Parameters<ThreadFiles['write']>[0], new Map([['a', Uint8Array.of(1)]]));
  const [own] = await readdir(folder);
  const others = [`lockstep-job-another-host-${String(GONE)}-abcdef`, 'lockstep-job-abcdef', 'something-else'];
  const left = own?.replace(`-${String(process.pid)}-`, `-${String(GONE)}-`) ?? '';
  expect(left).toContain(hostname());
  for (const name of [left, ...others]) {
    await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, name, '0.pb'), 'x');
  }
  await removeLeftFolders();
  expect(await readdir(folder)).toEqual([own, ...others].sort());
  files.remove();
  expect(await readdir(folder)).toEqual(others.sort());
});
