/**
 * `--set path=value`: changes a job file on its way to the service. Values are read as YAML reads them, so `3` is a
 * number, `true` a boolean and `[1, 2]` a list; `+5` adds to the number that is there; nothing removes the key.
 */
import { LockstepError, type Fault } from '@lockstep/core';
import { parseDocument } from 'yaml';

type Node = Record<string, unknown> | unknown[];

const RELATIVE = /^\+\d+(\.\d+)?(e[+-]?\d+)?$/i;
/** Names that are no keys of a job file but of every object. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * @param settings each like `training.epochs=3` or `model.layers[0].units=64`
 * @returns a changed copy
 * @throws LockstepError INVALID_OPTION with each setting that cannot be applied
 */
export function applySettings(
  job: Readonly<Record<string, unknown>>,
  settings: readonly string[],
): Record<string, unknown> {
  const changed = structuredClone(job) as Record<string, unknown>;
  const faults = settings.flatMap((setting) => applySetting(changed, setting));
  if (faults.length === 0) return changed;
  throw new LockstepError('INVALID_OPTION', '--set cannot be applied to the job file', {
    faults,
    hint: 'write it like --set training.epochs=3, --set model.layers[0].units=64 or --set training.epochs=+5',
  });
}

function applySetting(job: Node, setting: string): Fault[] {
  const equals = setting.indexOf('=');
  const path = equals < 0 ? setting : setting.slice(0, equals);
  const fault = (message: string): Fault[] => [{ path, message }];
  if (equals < 0) return fault('there is no = behind the path');
  const keys = parsePath(path);
  if (keys === undefined) return fault('this is no path such as training.epochs');
  const text = setting.slice(equals + 1).trim();
  const last = keys.at(-1) ?? '';
  const parent = descend(job, keys.slice(0, -1), text !== '');
  if (typeof parent === 'string') return fault(parent);
  if (parent === undefined) return [];
  if (Array.isArray(parent) && !isPlaceIn(parent, last)) return fault(`there is no element ${last}`);
  const before: unknown = Reflect.get(parent, last);
  if (text === '') return remove(parent, last);
  if (RELATIVE.test(text) && typeof before !== 'number')
    return fault(`there is no number that ${text} could be added to`);
  const value = RELATIVE.test(text) ? (before as number) + Number(text) : parseValue(text);
  if (value === undefined) return fault(`${text} is not a value`);
  Reflect.set(parent, last, value);
  return [];
}

/** `model.layers[2].units` and `model.layers.2.units` are the same. Undefined for what is no path. */
function parsePath(path: string): string[] | undefined {
  const keys = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  return keys.every((key) => /^[\w-]+$/.test(key) && !FORBIDDEN.has(key)) ? keys : undefined;
}

/**
 * The object or list that holds the last key. Objects on the way are made where they are missing and `make` is said.
 * A text says why it is not to be had; undefined, that there is nothing there to remove.
 */
function descend(job: Node, keys: readonly string[], make: boolean): Node | string | undefined {
  let node: Node = job;
  for (const key of keys) {
    if (Array.isArray(node) && !isPlaceIn(node, key)) return `there is no element ${key}`;
    let next: unknown = Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined;
    if (next === undefined || next === null) {
      if (!make) return undefined;
      next = {};
      Reflect.set(node, key, next);
    }
    if (typeof next !== 'object') return `${key} is ${JSON.stringify(next)}, which has no members`;
    node = next as Node;
  }
  return node;
}

function isPlaceIn(list: readonly unknown[], key: string): boolean {
  return /^\d+$/.test(key) && Number(key) < list.length;
}

function remove(parent: Node, key: string): Fault[] {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
  return [];
}

function parseValue(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch {
    // An alias, which has nothing to stand for here.
    return undefined;
  }
}
