import { expect, it } from 'vitest';
import { patternMatches } from './names.js';

it.each([
  ['a.b', 'a.b', true],
  ['a.b', 'a.c', false],
  ['a', 'a.b', false],
  ['a.b', 'a', false],
  ['a.*', 'a.b', true],
  ['a.*', 'a', false],
  ['a.*', 'a.b.c', false],
  ['*.b', 'a.b', true],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a.b', true],
  ['a.>', 'a', false],
  ['>', 'a', true],
  ['a.*.c', 'a.b.c', true],
])('the pattern %s and the subject %s match: %s', (pattern, subject, matches) => {
  expect(patternMatches(pattern, subject)).toBe(matches);
});
