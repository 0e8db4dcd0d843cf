/** JSON lines: `{"features": [..] or {..}, "label": ..}`, one sample a line. */
import type { Cell } from '@lockstep/core';
import { openStream } from '../streams.js';
import { invalidData, type InputPart, type Progress, type Source } from '../source.js';
import { openTables, type Table, type TableOptions, type TableRow } from './table.js';

const MAX_LINE_BYTES = 16 * 2 ** 20;
const MAX_AXES = 4;
const LABEL = 'label';
const NEWLINE = 0x0a;

interface Line {
  /** By name, or an array within arrays. */
  readonly features: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly label: unknown;
}

/** What the first line says of all others. */
interface Form {
  /** Of the features; undefined where they are plain arrays. */
  readonly names: readonly string[] | undefined;
  readonly shape: readonly number[];
  /** Absent: one label, no array. */
  readonly targets: number | undefined;
}

/** @throws LockstepError INVALID_DATASET */
export async function openJsonLines(
  inputs: readonly InputPart[],
  options: TableOptions,
  progress: Progress,
): Promise<Source> {
  let form: Form | undefined;
  const tables: Table[] = [];
  for (const { split, paths } of inputs) {
    const [path, ...more] = paths;
    if (path === undefined || more.length > 0) throw invalidData('a split is one file of JSON lines');
    form ??= await formOf(path);
    const known = form;
    let told: Progress | undefined = progress;
    const rows = (): AsyncIterable<TableRow> => {
      const tell = told;
      told = undefined;
      return readRows(path, known, tell);
    };
    tables.push({ path, split, header: headerOf(form), rows });
  }
  if (form === undefined) throw invalidData('there is no file');
  const labels = headerOf(form).slice(-(form.targets ?? 1));
  return openTables(tables, { ...options, labels }, form.names === undefined ? form.shape : undefined);
}

function headerOf({ names, shape, targets }: Form): string[] {
  const count = shape.reduce((product, size) => product * size, 1);
  const features = names ?? Array.from({ length: count }, (_, index) => `feature ${index}`);
  const labels = targets === undefined ? [LABEL] : Array.from({ length: targets }, (_, index) => `${LABEL} ${index}`);
  return [...features, ...labels];
}

async function formOf(path: string): Promise<Form> {
  for await (const { line, number } of readLines(path)) {
    const { features, label } = parseLine(path, line, number);
    const targets = Array.isArray(label) ? label.length : undefined;
    if (!Array.isArray(features)) return { names: Object.keys(features), shape: [], targets };
    const shape: number[] = [];
    for (let at: unknown = features; Array.isArray(at); [at] = at as unknown[]) {
      shape.push(at.length);
      if (shape.length > MAX_AXES || at.length === 0)
        throw invalidData(`${path}, line ${number}: features of [${shape.join()}]`);
    }
    return { names: undefined, shape, targets };
  }
  throw invalidData(`${path} is empty`);
}

async function* readRows(path: string, form: Form, progress?: Progress): AsyncGenerator<TableRow> {
  for await (const { line, number } of readLines(path, progress)) {
    const { features, label } = parseLine(path, line, number);
    const fault = (what: string): Error => invalidData(`${path}, line ${number}: ${what}`);
    const cells = Array.isArray(features)
      ? flatten(features, form, fault)
      : named(features as Readonly<Record<string, unknown>>, form, fault);
    const labels: unknown[] = Array.isArray(label) ? label : [label];
    if (Array.isArray(label) !== (form.targets !== undefined) || labels.length !== (form.targets ?? 1)) {
      throw fault(`the label is ${shown(label)}, other than in the first line`);
    }
    yield { cells: [...cells, ...labels.map((one) => cellOf(one, LABEL, fault))], line: number };
  }
}

type Fault = (what: string) => Error;

function flatten(features: readonly unknown[], { names, shape }: Form, fault: Fault): Cell[] {
  const cells: Cell[] = [];
  const add = (value: unknown, axis: number): void => {
    const size = shape[axis];
    if (size === undefined) {
      cells.push(cellOf(value, `feature ${cells.length}`, fault));
      return;
    }
    if (!Array.isArray(value) || value.length !== size) {
      throw fault(`the features are not of [${shape.join(', ')}] as in the first line`);
    }
    for (const one of value) add(one, axis + 1);
  };
  if (names !== undefined) throw fault('the features are an array, in the first line they have names');
  add(features, 0);
  return cells;
}

function named(features: Readonly<Record<string, unknown>>, { names }: Form, fault: Fault): Cell[] {
  if (names === undefined) throw fault('the features have names, in the first line they are an array');
  const more = Object.keys(features).find((name) => !names.includes(name));
  if (more !== undefined) throw fault(`the feature ${JSON.stringify(more.slice(0, 80))} is not in the first line`);
  return names.map((name) => cellOf(Object.hasOwn(features, name) ? features[name] : undefined, name, fault));
}

function cellOf(value: unknown, name: string, fault: Fault): Cell {
  if (value === null || value === undefined) return value;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  throw fault(`${name} is ${shown(value)}, not a number or a text`);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return value !== null && typeof value === 'object' ? 'an object' : String(value).slice(0, 60);
}

function parseLine(path: string, line: string, number: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw invalidData(`${path}, line ${number}: is not valid JSON`, undefined, cause);
  }
  const keys = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : [];
  const { features } = (keys.includes('features') ? value : {}) as Record<string, unknown>;
  if (keys.sort().join() !== 'features,label' || features === null || typeof features !== 'object') {
    throw invalidData(`${path}, line ${number}: is not of the form {"features": [...] or {...}, "label": ...}`);
  }
  return value as Line;
}

async function* readLines(path: string, progress?: Progress): AsyncGenerator<{ line: string; number: number }> {
  const bytes = await openStream(path, progress);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (piece: Uint8Array): string => {
    try {
      return decoder.decode(piece).trim();
    } catch (cause) {
      throw invalidData(`${path}, line ${number}: is not UTF-8`, undefined, cause);
    }
  };
  let rest: Buffer = Buffer.alloc(0);
  let number = 1;
  for await (const chunk of bytes) {
    let buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE)) {
      const line = decode(buffer.subarray(0, end));
      if (line !== '') yield { line, number };
      number += 1;
      buffer = buffer.subarray(end + 1);
    }
    if (buffer.length > MAX_LINE_BYTES) throw invalidData(`${path}, line ${number}: is longer than 16 MiB`);
    rest = buffer;
  }
  const line = decode(rest);
  if (line !== '') yield { line, number };
}
