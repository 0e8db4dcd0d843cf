/**
 * The first gate of a job file: a copy that holds nothing but plain JSON data, so that what follows meets no getters,
 * proxies, cycles, prototype tricks or endless nesting. NaN and the infinities pass: YAML has them, and the schema's
 * fault for them names the field.
 */
import type { Fault } from '../errors.js';
import { formatPath } from './fault-text.js';

const MAX_DEPTH = 32;
/** A thousand layers of the longest kind need some 30,000. */
const MAX_VALUES = 200_000;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export interface PlainData {
  /** What is left of the input without the parts that have a fault. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

export function plainData(input: unknown): PlainData {
  const copier: Copier = { faults: [], values: 0 };
  try {
    return { value: copy(input, [], copier), faults: copier.faults };
  } catch {
    // A getter or a proxy threw. What it threw may be hostile too, so it is not looked at.
    return { value: undefined, faults: [{ path: '', message: 'must be plain data, but reading it failed' }] };
  }
}

interface Copier {
  readonly faults: Fault[];
  values: number;
}

function copy(value: unknown, path: readonly PropertyKey[], copier: Copier): unknown {
  copier.values += 1;
  if (copier.values > MAX_VALUES) {
    if (copier.values === MAX_VALUES + 1) addFault(copier, [], `must have at most ${MAX_VALUES} values`);
    return undefined;
  }
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return value === 0 ? 0 : value; // -0 would be another seed than 0 to some readers
    case 'object':
      return value === null ? null : copyObject(value, path, copier);
    default:
      addFault(copier, path, `must be plain data, got a ${typeof value}`);
      return undefined;
  }
}

function copyObject(value: object, path: readonly PropertyKey[], copier: Copier): unknown {
  // A cycle ends here too.
  if (path.length >= MAX_DEPTH) {
    addFault(copier, path.slice(0, 4), `is nested more than ${MAX_DEPTH} levels deep`);
    return undefined;
  }
  if (Array.isArray(value)) return copyArray(value, path, copier);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    // Objects of another realm (a vm context, a test runner) have its Object.prototype, which ends the chain as well.
    if (Object.getPrototypeOf(prototype) !== null) {
      addFault(copier, path, 'must be plain data');
      return undefined;
    }
  }
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (copier.values > MAX_VALUES) break;
    if (FORBIDDEN_KEYS.has(key)) addFault(copier, [...path, key], 'is not allowed as a key');
    else {
      const copied = copy((value as Record<string, unknown>)[key], [...path, key], copier);
      if (copied !== undefined) result[key] = copied;
    }
  }
  return result;
}

function copyArray(value: readonly unknown[], path: readonly PropertyKey[], copier: Copier): unknown[] {
  const result: unknown[] = [];
  // By index, so that holes are seen; a length of 2^32 holes ends at the limit of values.
  for (let index = 0; index < value.length && copier.values <= MAX_VALUES; index += 1) {
    result.push(copy(value[index], [...path, index], copier));
  }
  return result;
}

function addFault(copier: Copier, path: readonly PropertyKey[], message: string): void {
  copier.faults.push({ path: formatPath(path), message });
}
