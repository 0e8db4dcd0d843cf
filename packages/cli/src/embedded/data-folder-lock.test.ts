import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../testing/fake-programs.js';
import { lockDataFolder } from './data-folder-lock.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the lock of a data folder', () => {
  it('is given to one at a time and says who has it', async () => {
    const lock = await lockDataFolder(folder);
    await expect(lockDataFolder(folder)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    await lock.release();
    await (await lockDataFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is released by its holder alone, even within one process', async () => {
    const first = await lockDataFolder(folder);
    await first.release();
    const second = await lockDataFolder(folder);
    await first.release();
    await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: 'CONFLICT' });
    await second.release();
  });

  it('is given to one of many who ask at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataFolder(folder)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each([
    ['a process that is gone', { pid: 2 ** 22 + 1, startedAt: '1' }],
    ['a process whose pid another one has now', { pid: process.pid, startedAt: '1' }],
    ['nobody', {}],
  ])('is taken over from %s', async (_, holder) => {
    await writeFile(join(folder, 'cluster.lock'), JSON.stringify(holder));
    const lock = await lockDataFolder(folder);
    await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: 'CONFLICT' });
    await lock.release();
  });
});
