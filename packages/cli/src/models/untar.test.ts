import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTar } from './untar.js';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-tar-'));
writeFileSync(join(folder, 'one.bin'), Buffer.alloc(700, 7));
writeFileSync(join(folder, 'two.json'), '{}');
symlinkSync('/etc/passwd', join(folder, 'link'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const tarOf = (...args: string[]): Buffer => execFileSync('tar', ['--format=ustar', '-cf', '-', '-C', folder, ...args]);

describe('A tar file of the service', () => {
  it('has its files.', () => {
    const entries = readTar(tarOf('one.bin', 'two.json'));
    expect(entries.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['one.bin', 700],
      ['two.json', 2],
    ]);
    expect(entries[0]?.bytes.every((byte) => byte === 7)).toBe(true);
  });

  it.each([['./one.bin'], ['link'], ['-P', join(folder, 'one.bin')]])(
    'is refused with anything else in it: %s',
    (...args) => {
      expect(() => readTar(tarOf(...args))).toThrow('is not taken');
    },
  );

  it('is refused when it is cut off.', () => {
    expect(() => readTar(tarOf('one.bin').subarray(0, 1000))).toThrow('is not taken');
  });
});
