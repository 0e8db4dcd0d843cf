import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { writeTar } from './tar.js';

it('A tar file is one that tar reads, each file with its bytes.', () => {
  const files = [
    { name: 'empty', bytes: new Uint8Array(0) },
    { name: 'folder/block.bin', bytes: new Uint8Array(512).fill(65) },
    { name: 'more.txt', bytes: new TextEncoder().encode('more than a block '.repeat(100)) },
  ];
  const archive = writeTar(files);
  expect(execFileSync('tar', ['-tf', '-'], { input: archive }).toString()).toBe('empty\nfolder/block.bin\nmore.txt\n');
  for (const { name, bytes } of files) {
    expect(new Uint8Array(execFileSync('tar', ['-xOf', '-', name], { input: archive }))).toEqual(bytes);
  }
});
