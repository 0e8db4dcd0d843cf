import { describe, expect, it } from 'vitest';
import { runCli } from './cli.js';
import { readEnvironment } from './options.js';
import { recordOutput } from './testing/fake-programs.js';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await runCli(args, output);
  return { code, out: output.results.join('\n'), err: output.said.join('\n') };
}

describe('the lockstep command', () => {
  it('prints its version and its help on stdout', async () => {
    expect(await run('--version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      err: '',
    });
    for (const args of [['--help'], []]) {
      const { code, out } = await run(...args);
      expect(code).toBe(0);
      for (const text of ['demo', 'doctor', 'coordinator', 'worker', 'Examples:']) expect(out).toContain(text);
    }
    expect((await run('demo', '--help')).out).toContain('--kill');
  });

  it('suggests the nearest command and option, with the usage on stderr', async () => {
    const command = await run('dmeo');
    expect(command).toMatchObject({ code: 2, out: '' });
    expect(command.err).toMatch(/unknown command 'dmeo'[^]*Did you mean demo\?[^]*Usage: lockstep/);
    const option = await run('demo', '--worker', '3');
    expect(option).toMatchObject({ code: 2, out: '' });
    expect(option.err).toMatch(/unknown option '--worker'[^]*Did you mean --workers\?[^]*Usage: lockstep demo/);
  });

  it.each([
    [['demo', '--workers', '0'], 'whole numbers from 1 to 64'],
    [['demo', '--workers', '65'], 'whole numbers from 1 to 64'],
    [['demo', '--workers', '2.5'], 'whole numbers from 1 to 64'],
    [['demo', '--threads', 'x'], 'whole numbers from 1 to 64'],
    [['demo', '--threads', ''], 'whole numbers from 1 to 64'],
    [['demo', '--port', '65536'], 'whole numbers from 0 to 65535'],
    [['demo', 'extra'], 'too many arguments'],
    [['worker', '--nats', 'localhost'], 'nats://127.0.0.1:4222'],
    [['worker', '--nats', 'nats://h:1', '--id', 'a.b'], 'letters, digits'],
    [['worker', '--threads', '2'], "required option '--nats <url>' not specified"],
    [['coordinator', '--nats', 'nats://h:1', '--log', 'loud'], 'json, pretty, silent'],
  ])('refuses %j and says what is allowed', async (args, allowed) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(allowed);
  });

  it('ends with 2 for a job file that is not there and 4 for one that cannot be understood', async () => {
    expect(await run('demo', '--job', '/nowhere/job.yaml')).toMatchObject({ code: 2 });
    const { code, err } = await run('demo', '--job', '/dev/null');
    expect(code).toBe(4);
    expect(err).toContain('it is empty');
  });
});

const nothing = { natsServer: undefined, url: undefined, token: undefined, tokenFile: undefined, runsWorker: false };
const empty = {
  LOCKSTEP_NATS_SERVER: '',
  PATH: '',
  NO_COLOR: '',
  LOCKSTEP_URL: '',
  LOCKSTEP_TOKEN: '',
  LOCKSTEP_NATS_URL: '',
};

describe('the environment', () => {
  it('counts a variable that is set to nothing as not set', () => {
    const home = { HOME: '/home/me' };
    const configFolder = '/home/me/.config/lockstep';
    const unset = { ...nothing, path: [], noColor: false, configFolder };
    expect(readEnvironment(home)).toMatchObject(unset);
    expect(readEnvironment({ ...home, ...empty })).toMatchObject(unset);
    const set = {
      LOCKSTEP_NATS_SERVER: '/n',
      PATH: '/a::/b',
      NO_COLOR: '1',
      LOCKSTEP_URL: 'http://h',
      LOCKSTEP_TOKEN: 't',
      LOCKSTEP_TOKEN_FILE: '/t',
      LOCKSTEP_NATS_URL: 'nats://n',
    };
    const read = { natsServer: '/n', path: ['/a', '/b'], noColor: true, url: 'http://h', token: 't', configFolder };
    expect(readEnvironment({ ...home, ...set })).toMatchObject({ ...read, tokenFile: '/t', runsWorker: true });
  });

  it('follows XDG_CONFIG_HOME where it is a whole path', () => {
    const { configFolder } = readEnvironment({ HOME: '/home/me', XDG_CONFIG_HOME: '/etc/me' });
    expect(configFolder).toBe('/etc/me/lockstep');
    expect(readEnvironment({ HOME: '/home/me', XDG_CONFIG_HOME: 'x' }).configFolder).toBe('/home/me/.config/lockstep');
  });
});
