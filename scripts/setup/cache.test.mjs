// Locks and cache entries: what several set-ups at once, killed ones and damaged files do to them.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ensureEntry, findFault, looksSound } from './cache-entry.mjs';
import { run } from './children.mjs';
import { withLock } from './lock.mjs';
import { SETUP_FOLDER } from './places.mjs';
import { deadPid, folder, messages, write } from './test-folder.mjs';

/**
 * Runs a module's text in another process.
 * @param {string} text
 */
const inAnotherProcess = (text) => run(process.execPath, ['--input-type=module', '-e', text], { cwd: SETUP_FOLDER });

describe('a lock', () => {
  it('is held by one of two processes at a time, and the other one says for whom it waits', async () => {
    const [path, log, end] = ['x.lock', 'log', 'end'].map((name) => join(folder, name));
    // Holds the lock until it is told to let go, or the test's folder is gone.
    const other = inAnotherProcess(`
      import { appendFileSync, existsSync } from 'node:fs';
      import { setTimeout as delay } from 'node:timers/promises';
      const { withLock } = await import('./lock.mjs');
      await withLock(${JSON.stringify(path)}, 'which is testing', async () => {
        appendFileSync(${JSON.stringify(log)}, 'in ');
        while (existsSync(${JSON.stringify(log)}) && !existsSync(${JSON.stringify(end)})) await delay(5);
        appendFileSync(${JSON.stringify(log)}, 'out ');
      });`);
    await expect.poll(() => existsSync(log)).toBe(true);
    const waiting = withLock(path, 'which is testing', async () => readFileSync(log, 'utf8'));
    await expect.poll(() => messages).toMatch(/waiting for another set-up, pid \d+, which is testing/);
    writeFileSync(end, '');
    expect(await waiting).toBe('in out ');
    expect((await other).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['end', 'log']);
  });

  it('whose owner has died is taken over at once', async () => {
    write('x.lock', JSON.stringify({ pid: await deadPid(), host: hostname(), token: 'old' }));
    await expect(withLock(join(folder, 'x.lock'), '', async () => 'done')).resolves.toBe('done');
    expect(messages).toBe('');
  });

  it('of another machine is taken over when its owner has not touched it for long', async () => {
    const path = join(folder, 'x.lock');
    write('x.lock', JSON.stringify({ pid: process.pid, host: 'elsewhere', token: 'old' }));
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    await expect(withLock(path, '', async () => 'done')).resolves.toBe('done');
  });

  it('of another machine that is alive is waited for', async () => {
    const path = join(folder, 'x.lock');
    write('x.lock', JSON.stringify({ pid: 4711, host: 'elsewhere', token: 'theirs' }));
    const waiting = withLock(path, 'which is testing', async () => 'done');
    await expect.poll(() => messages).toContain('waiting for another set-up, pid 4711 on elsewhere');
    rmSync(path);
    await expect(waiting).resolves.toBe('done');
  });

  it('is given back when the work fails', async () => {
    const failing = withLock(join(folder, 'x.lock'), '', () => Promise.reject(new Error('no luck')));
    await expect(failing).rejects.toThrow('no luck');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a cache entry', () => {
  let made = 0;
  const recipe = {
    name: 'thing-1',
    label: 'thing',
    make: async (/** @type {string} */ place) => {
      made += 1;
      mkdirSync(join(place, 'lib'));
      writeFileSync(join(place, 'lib/a.so'), 'abc');
      mkdirSync(join(place, 'include/deep'), { recursive: true });
      writeFileSync(join(place, 'include/deep/a.h'), 'int a;');
      return { files: ['lib/a.so'], trees: ['include'] };
    },
  };
  const library = () => join(folder, 'thing-1/lib/a.so');

  beforeEach(() => {
    made = 0;
  });

  it('is made once and then trusted by size and time', async () => {
    await ensureEntry(folder, recipe);
    await ensureEntry(folder, recipe);
    expect(made).toBe(1);
    expect(await findFault(join(folder, 'thing-1'))).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['thing-1']);
  });

  it.each([
    ['truncated', () => truncateSync(library(), 1)],
    ['changed', () => writeFileSync(library(), 'abX')],
    ['removed', () => rmSync(library())],
    ['without its manifest', () => rmSync(join(folder, 'thing-1/manifest.json'))],
  ])('that was %s is noticed and made again', async (_what, damage) => {
    await ensureEntry(folder, recipe);
    damage();
    await ensureEntry(folder, recipe);
    expect(made).toBe(2);
    expect(messages).toMatch(/thing: the copy in the cache is damaged \(.+\) and is made again/);
    expect(readFileSync(library(), 'utf8')).toBe('abc');
    expect(readdirSync(folder)).toEqual(['thing-1']);
  });

  it('with the right bytes but new times, as a restored cache has, is kept', async () => {
    await ensureEntry(folder, recipe);
    utimesSync(library(), new Date(0), new Date(0));
    expect(looksSound(join(folder, 'thing-1'))).toBe(false);
    await ensureEntry(folder, recipe);
    expect(made).toBe(1);
    expect(looksSound(join(folder, 'thing-1'))).toBe(true);
  });

  it('shows a change that keeps size and time, or one in a header, to the full check', async () => {
    await ensureEntry(folder, recipe);
    const { mtime } = statSync(library());
    writeFileSync(library(), 'abX');
    utimesSync(library(), mtime, mtime);
    expect(await findFault(join(folder, 'thing-1'))).toContain('lib/a.so');
    writeFileSync(library(), 'abc');
    appendFileSync(join(folder, 'thing-1/include/deep/a.h'), ' ');
    expect(await findFault(join(folder, 'thing-1'))).toContain('include');
  });

  it('that could not be made leaves nothing behind', async () => {
    const make = async (/** @type {string} */ place) => {
      writeFileSync(join(place, 'half'), '');
      throw new Error('disk full');
    };
    await expect(ensureEntry(folder, { ...recipe, make })).rejects.toThrow('disk full');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes what a killed set-up left, and leaves a living one alone', async () => {
    write(`thing-1.tmp-${await deadPid()}-0/half`, '');
    write(`thing-1.tmp-${process.ppid}-0/half`, '');
    await ensureEntry(folder, recipe);
    expect(readdirSync(folder)).toEqual(['thing-1', `thing-1.tmp-${process.ppid}-0`]);
  });
});
