import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { describeCommands } from '../cli.js';
import { dropEmptyVariables, environmentOfServices, variableOf } from '../options.js';
import { makeFolder } from '../testing/fake-programs.js';
import { readOption, takeFromEnvironment } from './service-options.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('knows a variable for every option of the services, and for no option of another command', () => {
  for (const { name, options } of describeCommands().commands) {
    const isService = name === 'coordinator' || name === 'worker';
    for (const option of options) {
      const expected = isService && option.name !== '--help' ? variableOf(option.name) : undefined;
      expect([name, option.name, option.variable]).toEqual([name, option.name, expected]);
    }
  }
  expect(variableOf('--nats')).toBe('LOCKSTEP_NATS_URL');
  expect(variableOf('--id')).toBe('LOCKSTEP_WORKER_ID');
  expect(variableOf('--max-running-per-owner')).toBe('LOCKSTEP_MAX_RUNNING_PER_OWNER');
});

it('takes an option from the environment unless the command line has it, through the same parser', () => {
  const parse = (args: readonly string[]): unknown => {
    const command = takeFromEnvironment(new Command()).option('--threads <n>', '', Number, 7).exitOverride();
    return command.parse(args, { from: 'user' }).opts()['threads'];
  };
  expect(parse([])).toBe(7);
  vi.stubEnv('LOCKSTEP_THREADS', '3');
  expect(parse([])).toBe(3);
  expect(parse(['--threads', '2'])).toBe(2);
});

it('counts an empty variable as none, and keeps them all from the services of an embedded cluster', () => {
  const environment: NodeJS.ProcessEnv = { LOCKSTEP_THREADS: '', LOCKSTEP_ID: 'w', OTHER: '' };
  dropEmptyVariables(environment);
  expect(environment).toEqual({ LOCKSTEP_ID: 'w', OTHER: '' });
  expect(environmentOfServices(environment)).toEqual({ OTHER: '' });
});

it('reads the file of an option, and names the option when it cannot', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'ca.pem');
  await writeFile(file, 'text');
  expect(await readOption('natsCa', { natsCa: file })).toEqual({ natsCa: 'text' });
  expect(await readOption('natsCa', {})).toEqual({});
  await rm(folder, { recursive: true });
  await expect(readOption('natsCa', { natsCa: file })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('--nats-ca') as string,
  });
});
