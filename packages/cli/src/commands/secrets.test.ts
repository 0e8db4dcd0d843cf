import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../cli.js';
import { bareEnvironment, makeFolder, recordOutput } from '../testing/fake-programs.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await runCli(args, output, bareEnvironment());
  return { code, out: output.results.join('\n'), err: output.said.join('\n') };
}

const secrets = (...args: string[]): ReturnType<typeof run> => run('secrets', ...args);

/** Whatever is in the files, in pieces that would be recognised. */
async function secretWords(): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  );
  return texts.flatMap((text) => text.match(/[A-Za-z0-9_+/=-]{40,}/g) ?? []);
}

it('makes files, says which, and never shows what is in them', async () => {
  const [made, again, json] = [
    await secrets('make', '--folder', folder, '--host', 'nats.example.org', '--host', '10.0.0.7'),
    await secrets('make', '--folder', folder),
    await secrets('make', '--folder', folder, '--json'),
  ];
  expect([made.code, again.code, json.code]).toEqual([0, 0, 0]);
  expect(made.out.split('\n')).toContain('worker/join.creds');
  expect(again).toMatchObject({ out: '', err: expect.stringContaining('stay as they are') as string });
  expect(JSON.parse(json.out)).toMatchObject({ folder, made: [], kept: made.out.split('\n') });
  const words = await secretWords();
  expect(words.length).toBeGreaterThan(10);
  const shown = [made, again, json].map(({ out, err }) => out + err).join('\n');
  expect(words.filter((word) => shown.includes(word))).toEqual([]);
});

it('leaves a context that says where the coordinator will be', async () => {
  await secrets('make', '--folder', folder, '--url', 'http://box:9000');
  const { url, token } = JSON.parse(await readFile(join(folder, 'cli/context.json'), 'utf8')) as Record<string, string>;
  expect({ url, token }).toEqual({ url: 'http://box:9000', token: await readFile(join(folder, 'cli/token'), 'utf8') });
});

it('says when the certificate that is there is not for a name, and how it becomes so', async () => {
  const hosts = ['--host', 'nats.example.org', '--host', '10.0.0.7', '--host', 'fd00::7'];
  expect((await secrets('make', '--folder', folder, ...hosts)).err).not.toContain('is not for');
  expect((await secrets('make', '--folder', folder, ...hosts)).err).not.toContain('is not for');
  const more = ['--host', 'more.example.org', '--host', '10.0.0.8'];
  const { code, err } = await secrets('make', '--folder', folder, ...more);
  expect(code).toBe(0);
  expect(err).toContain(`is not for more.example.org: lockstep secrets renew certificate --folder ${folder}`);
  expect(err).toContain('is not for 10.0.0.8');
  await secrets('renew', 'certificate', '--folder', folder, ...more);
  expect((await secrets('make', '--folder', folder, ...hosts, ...more)).err).not.toContain('is not for');
});

it('renews the tokens that it has made, and keeps those of people', async () => {
  const place = ['--tokens', join(folder, 'coordinator/tokens.json')];
  const list = async (): Promise<{ id: string; owner: string }[]> =>
    JSON.parse((await run('token', 'list', ...place, '--json')).out) as { id: string; owner: string }[];
  const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');
  await secrets('make', '--folder', folder, '--url', 'http://box:9000');
  await run('token', 'create', '--owner', 'ada', ...place);
  const [before, old] = [await list(), await read('cli/token')];
  const { code, out, err } = await secrets('renew', 'tokens', '--folder', folder);
  expect([code, out.split('\n').length, err]).toEqual([0, 4, 'renewed; nothing has to be started again']);
  const after = await list();
  expect(after.map(({ owner }) => owner).sort()).toEqual(['ada', 'admin', 'prometheus']);
  expect(after.filter(({ id }) => before.some((token) => token.id === id)).map(({ owner }) => owner)).toEqual(['ada']);
  const token = await read('cli/token');
  expect(token).not.toBe(old);
  expect(JSON.parse(await read('cli/context.json'))).toEqual({ url: 'http://box:9000', token });
});

it('says what has to be started again, and never shows what was renewed', async () => {
  await secrets('make', '--folder', folder);
  const results = [
    await secrets('renew', 'credentials', '--folder', folder),
    await secrets('renew', 'certificate', '--folder', folder, '--host', '10.0.0.7', '--json'),
  ];
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(results[0]?.err).toContain('nats, coordinator, worker');
  expect(JSON.parse(results[1]?.out ?? '')).toMatchObject({ restart: ['nats'] });
  const shown = results.map(({ out, err }) => out + err).join('\n');
  expect((await secretWords()).filter((word) => shown.includes(word))).toEqual([]);
});

it.each([
  [['renew', 'everything', '--folder', 'f'], 'Allowed choices are credentials, certificate, tokens'],
  [['renew', 'tokens', '--folder', '/nowhere'], 'lockstep secrets make'],
  [['make'], "required option '--folder <folder>'"],
  [['make', '--folder', 'f', '--host', 'a b'], 'or an IP address'],
])('refuses %j', async (args, message) => {
  const { code, err } = await secrets(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});
