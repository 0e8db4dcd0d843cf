import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../testing/fake-programs.js';
import { chooseService } from './connect.js';
import { readContexts, writeContexts, type Contexts } from './contexts.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const contexts: Contexts = {
  current: 'team',
  contexts: new Map([
    ['team', { url: 'http://team:8470', token: 'team-token' }],
    ['open', { url: 'http://open:8470' }],
  ]),
};
const none = { url: undefined, token: undefined };

describe('the file of contexts', () => {
  it('is there again as it was written, for its owner alone', async () => {
    const place = join(folder, 'deep', 'lockstep');
    await writeContexts(place, { current: null, contexts: new Map() });
    await writeContexts(place, contexts);
    expect(await readContexts(place)).toEqual(contexts);
    expect((await stat(join(place, 'contexts.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(place)).toEqual(['contexts.json']);
  });

  it('is empty where there is none', async () => {
    expect(await readContexts(join(folder, 'nothing'))).toEqual({ current: null, contexts: new Map() });
  });

  it.each([
    '',
    '[]',
    '{"contexts": {"a": {}}}',
    '{"contexts": {"a": {"url": 1}}}',
    '{"contexts": {"a": {"url": "u", "token": 1}}}',
  ])('is refused when it holds %j', async (text) => {
    await writeFile(join(folder, 'contexts.json'), text);
    await expect(readContexts(folder)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('that cannot be read is no reason to go on without it', async () => {
    await mkdir(join(folder, 'contexts.json'));
    await expect(readContexts(folder)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('the service that a command talks to', () => {
  it('is the first that is said: option, environment, context in use, default', () => {
    const empty: Contexts = { current: null, contexts: new Map() };
    expect(chooseService({}, none, empty)).toEqual({ url: 'http://127.0.0.1:8470' });
    expect(chooseService({}, none, contexts)).toEqual({ url: 'http://team:8470', token: 'team-token' });
    expect(chooseService({}, { url: 'http://e', token: undefined }, contexts)).toEqual({ url: 'http://e' });
    expect(chooseService({ context: 'open' }, { url: 'http://e', token: undefined }, contexts)).toEqual({
      url: 'http://open:8470',
    });
    expect(chooseService({ url: 'http://o' }, { url: 'http://e', token: 'e' }, contexts)).toEqual({
      url: 'http://o',
      token: 'e',
    });
    expect(chooseService({ token: 'mine' }, { url: undefined, token: 'e' }, contexts).token).toBe('mine');
  });

  it('is the cluster of this checkout before the default, with its token or the one that was given', () => {
    const empty: Contexts = { current: null, contexts: new Map() };
    const cluster = { url: 'http://127.0.0.1:9', token: 'cluster-token' };
    expect(chooseService({}, none, empty, cluster)).toEqual(cluster);
    expect(chooseService({}, { url: undefined, token: 'e' }, empty, cluster)).toEqual({ ...cluster, token: 'e' });
    expect(chooseService({}, none, contexts, cluster).url).toBe('http://team:8470');
  });

  it('never gets the token of another one', () => {
    const environment = { url: 'http://e', token: 'of-e' };
    expect(chooseService({ context: 'open' }, environment, contexts)).not.toHaveProperty('token');
    expect(chooseService({ context: 'team' }, environment, contexts).token).toBe('team-token');
    expect(chooseService({ context: 'team', token: 'mine' }, environment, contexts).token).toBe('mine');
    expect(chooseService({ url: 'http://elsewhere' }, none, contexts)).not.toHaveProperty('token');
  });

  it('is said to be missing with the ones that there are', () => {
    expect(() => chooseService({ context: 'tem' }, none, contexts)).toThrow(/no context "tem"/);
  });
});
