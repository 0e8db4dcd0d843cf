import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli.js';
import { bareEnvironment, makeFolder, recordOutput } from '../testing/fake-programs.js';
import { readContexts } from './contexts.js';
import { readToken } from './edit-contexts.js';

let configFolder: string;
beforeEach(async () => {
  configFolder = await makeFolder();
});
afterEach(async () => {
  await rm(configFolder, { recursive: true });
});

async function context(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await runCli(['context', ...args], output, bareEnvironment({ configFolder }));
  return { code, out: output.results.join('\n'), err: output.said.join('\n') };
}

describe('lockstep context', () => {
  it('names services; the first is in use at once, another when it is chosen', async () => {
    expect((await context()).err).toContain('lockstep context add');
    await context('add', 'team', 'http://team:8470/', '--token', 'secret');
    await context('add', 'home', 'http://127.0.0.1:1');
    const before = await context('list');
    expect(before.out.split('\n').map((line) => line.trimEnd())).toEqual([
      '   name  url                 token',
      '   home  http://127.0.0.1:1  no',
      '*  team  http://team:8470    yes',
    ]);
    expect((await context('use', 'home')).err).toContain('http://127.0.0.1:1');
    expect((await readContexts(configFolder)).current).toBe('home');
    await context('add', 'team', 'http://elsewhere', '--use');
    expect(JSON.parse((await context('--json')).out)).toEqual([
      { name: 'home', url: 'http://127.0.0.1:1', hasToken: false, current: false },
      { name: 'team', url: 'http://elsewhere', hasToken: false, current: true },
    ]);
  });

  it('forgets one, and then none is in use', async () => {
    await context('add', 'team', 'http://team:8470', '--token', 'secret');
    expect((await context('remove', 'team')).err).toContain('no context is in use now');
    expect(await readContexts(configFolder)).toEqual({ current: null, contexts: new Map() });
    expect(await readFile(join(configFolder, 'contexts.json'), 'utf8')).not.toContain('secret');
  });

  it('never shows a token', async () => {
    for (const json of [[], ['--json']]) {
      const answers = [
        await context('add', 'team', 'http://team:8470', '--token', 'secret', ...json),
        await context('use', 'team', ...json),
        await context('list', ...json),
        await context('remove', 'team', ...json),
      ];
      for (const { code, out, err } of answers) {
        expect(code).toBe(0);
        expect(out + err).not.toContain('secret');
      }
    }
  });

  it.each([
    [['use', 'tem'], 'there is no context "tem"'],
    [['remove', 'tem'], 'there is no context "tem"'],
    [['add', 'a b', 'http://h'], 'is no name of a context'],
    [['add', 'team', 'team:8470'], 'is not an address'],
    [['add', 'team'], "missing required argument 'url'"],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, err } = await context(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect((await readContexts(configFolder)).contexts.size).toBe(0);
  });

  it('takes a token from a pipe, and nothing that can be none', async () => {
    expect(await readToken(Readable.from(['sec', 'ret\n']))).toBe('secret');
    for (const text of ['', ' \n', 'two words', 'x'.repeat(20_000)]) {
      await expect(readToken(Readable.from([text]))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    }
  });
});
