/**
 * JSON that comes in: refused before anything can trip over it. Nested deeper than any job file needs, what follows
 * would overflow the stack; `__proto__` would reach into every object; NUL and lone surrogates cannot be stored or sent.
 */
import { LockstepError } from '@lockstep/core';
import type { FastifyInstance } from 'fastify';

const MAX_DEPTH = 64;

export function acceptJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('text/plain');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (isTooDeep(body)) {
      done(new LockstepError('INVALID_OPTION', `the body is nested more than ${String(MAX_DEPTH)} deep`));
      return;
    }
    void parse(request, body, (error, value?: unknown) => {
      if (error !== null || isClean(value)) done(error, value);
      else done(new LockstepError('INVALID_OPTION', 'the body holds a NUL character or half a character'));
    });
  });
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return false;
}

function isClean(value: unknown): boolean {
  if (typeof value === 'string') return !/[\0\p{Surrogate}]/u.test(value);
  if (Array.isArray(value)) return value.every(isClean);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isClean(key) && isClean(member));
}
