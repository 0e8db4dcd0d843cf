import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { headings, readDocument, ROOT, section, tableRows } from '../support/documents.js';

const text = readDocument('docs/commands.md');

async function help(...command: string[]): Promise<string> {
  const args = [join(ROOT, 'lockstep'), ...command, '--help'];
  return (await promisify(execFile)(process.execPath, args, { env: { ...process.env, NO_COLOR: '1' } })).stdout;
}

describe('docs/commands.md', () => {
  let commands: string[] = [];

  beforeAll(async () => {
    const list = (await help()).split('Commands:\n')[1]?.split('\n\n')[0] ?? '';
    commands = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name!);
  });

  it('has exactly the commands that there are', () => {
    expect(commands.length).toBeGreaterThan(2);
    const documented = headings(text, 2).filter((heading) => heading.startsWith('lockstep '));
    expect(documented.sort()).toEqual(commands.map((name) => `lockstep ${name}`).sort());
  });

  it('has exactly the options that each command’s --help has', async () => {
    for (const name of commands) {
      const options = [...(await help(name)).matchAll(/^ {2}(--[a-z-]+(?: <[a-z]+>)?)/gm)].map(([, option]) => option!);
      const documented = [...tableRows(section(text, `lockstep ${name}`)).keys()];
      expect([name, ...documented.sort()]).toEqual([name, ...options.sort()]);
    }
  });

  it('has exactly the scripts of package.json', () => {
    const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: Record<string, string> };
    const documented = [...tableRows(text).keys()].filter((key) => key.startsWith('npm '));
    const names = documented.map((key) => key.replace(/^npm (run )?/, ''));
    expect(names.sort()).toEqual(Object.keys(scripts).sort());
  });
});
