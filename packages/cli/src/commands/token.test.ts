import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../cli.js';
import { recordOutput } from '../testing/fake-programs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-token-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await runCli(['token', ...args, '--tokens', join(folder, 'tokens.json')], output);
  return { code, out: output.results.join('\n'), err: output.said.join('\n') };
}

it('makes tokens that are shown once, lists them without their values, and revokes them', async () => {
  expect(await run('list')).toMatchObject({ code: 0, out: '' });
  const made = await run('create', '--owner', 'ada', '--scope', 'read');
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^lockstep_[\w-]{43}$/) as string });
  const other = JSON.parse((await run('create', '--owner', 'bob', '--json')).out) as { id: string; token: string };
  const listed = await run();
  expect(listed.out).toMatch(/ada +read/);
  expect(listed.out).toMatch(/bob +submit/);
  for (const token of [made.out, other.token]) expect(listed.out + listed.err).not.toContain(token);
  expect(await run('revoke', other.id)).toMatchObject({ code: 0 });
  expect((await run('list')).out).not.toContain('bob');
  expect(await run('revoke', other.id)).toMatchObject({ code: 2 });
});

it.each([
  [['create'], "required option '--owner <name>'"],
  [['create', '--owner', 'a b'], '1 to 64 letters'],
  [['create', '--owner', 'a', '--scope', 'root'], 'read, submit, admin'],
])('refuses %j and says what is allowed', async (args, allowed) => {
  const { code, err } = await run(...args);
  expect([code, err.includes(allowed)]).toEqual([2, true]);
});
