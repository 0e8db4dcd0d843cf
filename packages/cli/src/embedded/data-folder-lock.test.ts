import { createHash } from 'node:crypto';
import type * as files from 'node:fs/promises';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFolder } from '../testing/fake-programs.js';
import { lockDataFolder } from './data-folder-lock.js';

/** Everything takes its time, now more and now less, so that whatever can come between two of them does. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof files>();
  const late = <A extends unknown[], R>(action: (...given: A) => Promise<R>) => {
    return async (...given: A): Promise<R> => {
      const turns = Math.random() * 8;
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return action(...given);
    };
  };
  return { ...real, link: late(real.link), rm: late(real.rm) };
});

const GONE = { pid: 2 ** 22 + 1, startedAt: '1' };

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

  it('is given to one of many who take it over at once', async () => {
    for (let round = 0; round < 50; round += 1) {
      await writeFile(join(folder, 'cluster.lock'), JSON.stringify({ ...GONE, id: String(round) }));
      const results = await Promise.allSettled(Array.from({ length: 6 }, () => lockDataFolder(folder)));
      const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(locks).toHaveLength(1);
      await locks[0]?.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('is taken over from a process that is gone after another crashed in taking it over', async () => {
    const file = join(folder, 'cluster.lock');
    await writeFile(file, JSON.stringify(GONE));
    const digest = createHash('sha256').update(JSON.stringify(GONE)).digest('hex');
    await writeFile(`${file}.${digest.slice(0, 16)}`, JSON.stringify({ ...GONE, id: 'another' }));
    const lock = await lockDataFolder(folder);
    expect(await readdir(folder)).toEqual(['cluster.lock']);
    await lock.release();
  });

  it.each([
    ['a process that is gone', GONE],
    ['a process whose pid another one has now', { pid: process.pid, startedAt: '1' }],
    ['nobody', {}],
  ])('is taken over from %s', async (_, holder) => {
    await writeFile(join(folder, 'cluster.lock'), JSON.stringify(holder));
    const lock = await lockDataFolder(folder);
    await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: 'CONFLICT' });
    await lock.release();
  });
});
