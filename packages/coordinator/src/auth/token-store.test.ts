import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToken, listTokens, revokeToken } from './token-admin.js';
import { TokenStore } from './token-store.js';

let folder: string;
let file: string;
let now: number;
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-tokens-'));
  file = join(folder, 'deep', 'tokens.json');
  now = 0;
  lines = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const open = () => TokenStore.open(file, pino({}, { write: (line) => void lines.push(line) }), () => (now += 2000));
const create = (owner = 'ada') => createToken(file, { owner, scopes: ['submit'], now: new Date(0) });

describe('the file of tokens', () => {
  it('has hashes alone, and only its owner may read it', async () => {
    const { token, summary } = await create();
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(token);
    expect(text).not.toContain(token.replace('lockstep_', ''));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await listTokens(file)).toEqual([summary]);
    expect(token).toMatch(/^lockstep_[\w-]{43}$/);
    expect((await create()).token).not.toBe(token);
  });

  it.each(['', '{}', '{"tokens": [{}]}', '{"tokens": [], "more": 1}'])('is refused when it holds %j', async (text) => {
    await create();
    await writeFile(file, text);
    await expect(open()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(create()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('loses nothing when it is changed by many at once: no token that is made, and no revocation', async () => {
    const first = await create();
    await Promise.all([revokeToken(file, first.summary.id), ...Array.from({ length: 10 }, () => create())]);
    const ids = (await listTokens(file))?.map(({ id }) => id);
    expect(ids).toHaveLength(10);
    expect(ids).not.toContain(first.summary.id);
    expect(await readdir(dirname(file))).toEqual(['tokens.json']);
  });

  it('is changed although a command that was killed has left its lock', async () => {
    await create();
    await writeFile(`${file}.lock`, '');
    await utimes(`${file}.lock`, new Date(0), new Date(0));
    await create();
    expect(await listTokens(file)).toHaveLength(2);
  });

  it.each(['', 'a b', '../x', 'x'.repeat(65), 'a\n'])('takes no owner named %j', async (owner) => {
    await expect(create(owner)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('the tokens of a coordinator that runs', () => {
  it('are known with their owner and scopes, and others are not', async () => {
    const { token, summary } = await create();
    const store = await open();
    expect(await store.find(token)).toEqual({ id: summary.id, principal: { owner: 'ada', scopes: ['submit'] } });
    expect(await store.find(`${token}x`)).toBeUndefined();
    expect(await store.find(token.slice(0, -1))).toBeUndefined();
  });

  it('work as soon as they are made, and not after they are revoked', async () => {
    const store = await open();
    expect(await store.required()).toBe(false);
    const { token, summary } = await create();
    const other = await create('bob');
    expect(await store.required()).toBe(true);
    expect(await store.find(token)).toBeDefined();
    await revokeToken(file, summary.id);
    expect(await store.find(token)).toBeUndefined();
    expect(await store.find(other.token)).toBeDefined();
    await expect(revokeToken(file, summary.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are needed from the first one on, also when all are revoked or their file is gone', async () => {
    const { token, summary } = await create();
    const store = await open();
    await revokeToken(file, summary.id);
    expect([await store.required(), store.count]).toEqual([true, 0]);
    await rm(file);
    expect([await store.required(), await store.find(token)]).toEqual([true, undefined]);
  });

  it('stay as they are while the file is damaged, which is said', async () => {
    const { token } = await create();
    const store = await open();
    await writeFile(file, '{');
    expect(await store.find(token)).toBeDefined();
    expect(lines.join()).toContain('cannot be read');
  });
});
