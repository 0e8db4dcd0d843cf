import { expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './codec.js';
import { plainText } from './checks.js';

it.each([
  ['plain', 'plain'],
  ['two\r\nlines\tand \u001b[31mred', 'two lines and  [31mred'],
  ['half \ud83d a pair', 'half \ufffd a pair'],
])('makes text sendable: %j', (given, expected) => {
  expect(plainText(given)).toBe(expected);
});

it('cuts long text, not through the middle of a character', () => {
  const cut = plainText('x'.repeat(4093) + '\u{1f600}'.repeat(10));
  expect(cut.length).toBeLessThanOrEqual(4096);
  const frame = { type: 'failed', worker: 'w', job: 'j', term: 1, round: 1, code: 'INTERNAL', message: cut } as const;
  expect(decodeFrame(encodeFrame(frame))).toEqual({ ok: true, frame });
});
