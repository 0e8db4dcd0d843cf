import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256Of } from './sha256.js';

it('hashes as node:crypto does, whatever the length', () => {
  for (let length = 0; length < 300; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 31 + length) % 256);
    expect(sha256Of(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});

it('hashes a view into a larger buffer', () => {
  const bytes = new Uint8Array(200).fill(7);
  expect(sha256Of(bytes.subarray(3, 100))).toBe(createHash('sha256').update(bytes.subarray(3, 100)).digest('hex'));
});
