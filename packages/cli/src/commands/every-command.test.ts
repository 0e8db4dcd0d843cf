/** What holds for every command: help with an example, and JSON where it is asked for. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeCommands } from '../cli.js';
import type { CommandDescription } from '../command-tree.js';
import { plan, serviceCommands } from '../testing/service-commands.js';

const { folder, run } = serviceCommands();

const leaves = describeCommands().commands.flatMap((command): readonly CommandDescription[] =>
  command.commands.length === 0 ? [command] : command.commands,
);

describe('the help', () => {
  it.each(leaves.map(({ path }) => path))('has an example of %s', async (path) => {
    const { out } = await run([...path.split(' ').slice(1), '--help']);
    // A noun alone lists.
    const call = path.replace(/ list$/, '( list)?');
    expect(out.split(/\nExamples?:\n/)[1]).toMatch(new RegExp(`^ {2}\\$ (.* )?${call}\\b`, 'm'));
  });
});

describe('--json', () => {
  /** The two services log JSON lines instead. */
  const services = ['lockstep coordinator', 'lockstep worker'];

  it.each(leaves.filter(({ path }) => !services.includes(path)).map((command) => [command.path, command] as const))(
    'is an option of %s, whose help is about it',
    async (path, { options, summary }) => {
      expect(options.map(({ name }) => name)).toContain('--json');
      expect(summary.length).toBeGreaterThan(10);
      const { code, out } = await run([...path.split(' ').slice(1), '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^Usage: ${path} `));
    },
  );

  it.each([
    ['job', 'list'],
    ['job', 'get', 'j-1'],
    ['job', 'watch', 'j-1'],
    ['job', 'logs', 'j-1'],
    ['job', 'compare', 'j-1', 'j-2'],
    ['job', 'cancel', 'j-1'],
    ['job', 'pause', 'j-1'],
    ['job', 'resume', 'j-1'],
    ['job', 'retry', 'j-1'],
    ['job', 'retry', 'j-1', '--no-wait'],
    ['job', 'delete', 'j-1'],
    ['train', 'FILE'],
    ['train', 'FILE', '--no-wait'],
    ['train', 'FILE', '--dry-run'],
    ['verify', 'j-1'],
    ['worker', 'list'],
    ['worker', 'drain', 'w1'],
    ['worker', 'revoke', 'w1'],
    ['worker', 'admit', 'w1'],
    ['context', 'list'],
    ['completion', 'bash'],
    ['init', 'FOLDER/new.yaml'],
  ])('makes %s %s print one JSON value on stdout, without colours', async (...words) => {
    const place = (word: string): string =>
      word.replace('FOLDER', folder()).replace('FILE', join(folder(), 'job.yaml'));
    const answers = words.includes('--dry-run') ? { 'POST /jobs': plan } : {};
    const { code, out, err } = await run([...words.map(place), '--json'], answers);
    expect([code, err]).toEqual([0, err]);
    expect(() => JSON.parse(out) as unknown).not.toThrow();
    expect(out + err).not.toContain('\x1b[');
  });
});
