import { expect, it } from 'vitest';
import { parseJson } from './parse-json.js';

it.each([
  ['', /is not JSON/],
  ['{"a":', /is not JSON/],
  ['['.repeat(65) + ']'.repeat(65), /more than 64 deep/],
  ['{"a":{"__proto__":{}}}', /reach into every object/],
  ['[{"constructor":{"prototype":{}}}]', /reach into every object/],
  ['"\\u0000"', /a NUL character/],
  ['{"\\ud800":1}', /half a character/],
])('refuses %.30s', (text, message) => {
  expect(() => parseJson(text)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(message) as string }) as Error,
  );
});

it.each([
  ['['.repeat(64) + ']'.repeat(64)],
  ['"[{[{\\"[["'],
  ['{"constructor":"Ferrari","toString":1}'],
  ['{"a":["\\ud83d\\ude00",null,1e999]}'],
])('takes %.30s as JSON.parse does', (text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});
