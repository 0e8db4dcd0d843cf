/**
 * What both adapters accept as names. NATS sends subjects as they are in its text protocol, so a space or a line break
 * in one would be a command; object names and keys become tokens of subjects too.
 */
import { LockstepError } from '@lockstep/core';

const SUBJECT = /^[A-Za-z0-9_$-]+(?:\.[A-Za-z0-9_$-]+)*$/;
const PATTERN = /^(?:[A-Za-z0-9_$-]+|\*)(?:\.(?:[A-Za-z0-9_$-]+|\*))*(?:\.>)?$|^>$/;
const STORE = /^[A-Za-z0-9_-]{1,64}$/;
const OBJECT = /^[A-Za-z0-9._/:=+-]{1,200}$/;
const KEY = /^[A-Za-z0-9_/=-]+(?:\.[A-Za-z0-9_/=-]+)*$/;

function check(what: string, name: string, valid: boolean): void {
  if (!valid) throw new LockstepError('INTERNAL', `${JSON.stringify(name.slice(0, 100))} cannot be ${what}.`);
}

/** A subject to publish to: tokens of A-Z a-z 0-9 _ $ - with dots between. */
export function checkSubject(subject: string): void {
  check('a subject', subject, SUBJECT.test(subject));
}

/** A subject to subscribe to, which may hold wildcards. */
export function checkPattern(subject: string): void {
  check('a subject to subscribe to', subject, PATTERN.test(subject));
}

/** The name of an object store or a key-value store. */
export function checkStoreName(name: string): void {
  check('the name of a store', name, STORE.test(name));
}

export function checkObjectName(name: string): void {
  check('the name of an object', name, OBJECT.test(name));
}

export function checkKey(key: string): void {
  check('a key', key, key.length <= 200 && KEY.test(key));
}

/** Whether a pattern with the wildcards `*` (one token) and `>` (one token or more, at the end) covers a subject. */
export function patternMatches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [i, token] of wanted.entries()) {
    if (token === '>') return tokens.length > i;
    if (i >= tokens.length || (token !== '*' && token !== tokens[i])) return false;
  }
  return wanted.length === tokens.length;
}
