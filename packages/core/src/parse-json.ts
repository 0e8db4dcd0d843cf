/**
 * JSON that comes from outside: refused before anything can trip over it. Nested deeper than any job file needs, what
 * follows would overflow the stack; `__proto__` and a `constructor` with a `prototype` would reach into every object; NUL
 * and lone surrogates cannot be stored or sent.
 */
import { LockstepError } from './errors.js';

const MAX_DEPTH = 64;

/** @throws LockstepError INVALID_OPTION */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw refusal(`is nested more than ${String(MAX_DEPTH)} deep`);
  const value = parse(text);
  if (!isClean(value))
    throw refusal('holds a NUL character, half a character, or a key that would reach into every object');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw refusal(`is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
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
  return Object.entries(value).every(([key, member]) => !isReserved(key, member) && isClean(key) && isClean(member));
}

/** A column may be called `constructor`. */
function isReserved(key: string, member: unknown): boolean {
  if (key === '__proto__') return true;
  return key === 'constructor' && typeof member === 'object' && member !== null && Object.hasOwn(member, 'prototype');
}

function refusal(what: string, cause?: unknown): LockstepError {
  return new LockstepError('INVALID_OPTION', `the body ${what}`, { cause });
}
