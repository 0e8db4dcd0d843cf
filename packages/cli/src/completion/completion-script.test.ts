/** In real shells: bash is everywhere where this runs; zsh and fish are asked where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCommands } from '../cli.js';
import { SHELLS, type Shell } from '../options.js';
import { completionScript } from './completion-script.js';
import { placesOf } from './command-words.js';

const program = describeCommands();
const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
const scripts = Object.fromEntries(SHELLS.map((shell) => [shell, join(folder, shell)])) as Record<Shell, string>;

beforeAll(() => {
  for (const shell of SHELLS) writeFileSync(scripts[shell], completionScript(shell, program));
  writeFileSync(join(folder, 'my job.yaml'), '');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

/** What bash would offer behind these words, of which the last is the one that is typed. */
function inBash(...words: string[]): string[] {
  const call = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    $(complete -p lockstep | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '--noprofile', '-uc', call, 'bash', scripts.bash, ...words];
  return lines(execFileSync('bash', args, { cwd: folder, encoding: 'utf8' }));
}

/** The function is called as the line editor would, with what it offers written down instead. */
function inZsh(...words: string[]): string[] {
  const call = `
    compset() { :; }
    _files() { print -l *; }
    compadd() { shift; print -l -- "$@"; }
    _describe() { print -l -- "\${(@P)\${@[-1]}%%:*}"; }
    file=$1; shift
    source $file
    words=("$@") CURRENT=$#
    _lockstep`;
  return lines(execFileSync('zsh', ['-fc', call, 'zsh', scripts.zsh, ...words], { cwd: folder, encoding: 'utf8' }));
}

function inFish(...words: string[]): string[] {
  const call = `source ${scripts.fish}; complete -C '${words.join(' ')}'`;
  const environment = { ...process.env, HOME: folder };
  const text = execFileSync('fish', ['-c', call], { cwd: folder, encoding: 'utf8', env: environment });
  return lines(text).map((line) => line.split('\t')[0]!);
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

const top = program.commands.map(({ name }) => name);
const jobs = program.commands.find(({ name }) => name === 'job')!.commands.map(({ name }) => name);
const trainOptions = program.commands.find(({ name }) => name === 'train')!.options.map(({ name }) => name);

describe('completion in bash', () => {
  it('offers every command, and below a noun its verbs', () => {
    expect(inBash('lockstep', '')).toEqual(top);
    expect(inBash('./lockstep', 'tr')).toEqual(['train']);
    expect(inBash('lockstep', 'job', '')).toEqual(jobs);
    expect(inBash('lockstep', 'job', 'wa')).toEqual(['watch']);
  });

  it('offers the options of the command, wherever in the line', () => {
    expect(inBash('lockstep', 'train', '--')).toEqual(trainOptions);
    expect(inBash('lockstep', 'train', '--set', 'a', '=', 'b', 'my job.yaml', '--dr')).toEqual(['--dry-run']);
    // The value of an option is no command, even if it is called like one.
    expect(inBash('lockstep', 'job', 'list', '--context', 'get', '--con')).toEqual(['--context']);
  });

  it('offers files, choices, or nothing, by what is asked for', () => {
    expect(inBash('lockstep', 'train', 'my')).toEqual(['my job.yaml']);
    expect(inBash('lockstep', 'demo', '--job', 'my')).toEqual(['my job.yaml']);
    expect(inBash('lockstep', 'coordinator', '--log', '')).toEqual(['json', 'pretty', 'silent']);
    expect(inBash('lockstep', 'coordinator', '--log', '=')).toEqual(['json', 'pretty', 'silent']);
    expect(inBash('lockstep', 'coordinator', '--log', '=', 's')).toEqual(['silent']);
    expect(inBash('lockstep', 'completion', 'z')).toEqual(['zsh']);
    expect(inBash('lockstep', 'demo', '--workers', '')).toEqual([]);
    expect(inBash('lockstep', 'job', 'get', '')).toEqual([]);
  });
});

describe.each([
  ['zsh', inZsh],
  ['fish', inFish],
] as const)('completion in %s', (shell, complete) => {
  it.skipIf(!isInstalled(shell))('offers commands, verbs, options, files and choices', () => {
    expect(complete('lockstep', '').sort()).toEqual([...top].sort());
    expect(complete('lockstep', 'job', '').sort()).toEqual([...jobs].sort());
    expect(complete('lockstep', 'train', '--')).toEqual(expect.arrayContaining(trainOptions));
    expect(complete('lockstep', 'coordinator', '--log', '')).toEqual(['json', 'pretty', 'silent']);
    expect(complete('lockstep', 'completion', '').sort()).toEqual([...SHELLS].sort());
    expect(complete('lockstep', 'train', 'my').join()).toMatch(/my.* job\.yaml/);
  });

  it('has every command and option, in balanced quotes', () => {
    const script = completionScript(shell, program);
    for (const { path, options } of placesOf(program)) {
      expect(script).toContain(path);
      for (const { word } of options) expect(script).toContain(shell === 'fish' ? `-l ${word.slice(2)}` : word);
    }
    const quotes = script.replaceAll(/\\.|^#.*$/gm, '').split("'").length - 1;
    expect(quotes % 2).toBe(0);
  });
});
