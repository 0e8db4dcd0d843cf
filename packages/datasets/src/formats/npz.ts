/** NPZ, as numpy.savez writes it: arrays x and y, or x_train, y_train, x_test, y_test. */
import type { DatasetLabels } from '@lockstep/core';
import {
  classNamesFor,
  invalidData,
  requireClasses,
  type InputPart,
  type Sample,
  type Source,
  type SourcePart,
} from '../source.js';
import { ByteReader } from '../streams.js';
import { npyRows, readNpyHeader, type NpyHeader } from './npy.js';
import { openArchive, type Archive, type ArchiveEntry } from './zip.js';

export interface NpzOptions {
  readonly task?: 'classification' | 'regression';
  readonly classNames?: readonly string[];
}

interface NpyArray extends NpyHeader {
  readonly name: string;
  readonly entry: ArchiveEntry;
}

interface Pair {
  readonly split: string | undefined;
  readonly x: NpyArray;
  readonly y: NpyArray;
}

const FEATURES = ['x', 'data', 'images', 'features'];
const LABELS = ['y', 'target', 'targets', 'label', 'labels'];
const MAX_CLASSES = 1000;

/** @throws LockstepError INVALID_DATASET */
export async function openNpz(inputs: readonly InputPart[], options: NpzOptions): Promise<Source> {
  const archives: Archive[] = [];
  const close = (): void => {
    for (const archive of archives) archive.close();
  };
  try {
    const notes: string[] = [];
    const pairs: Pair[] = [];
    for (const { split, paths } of inputs) {
      const [path, ...more] = paths;
      if (path === undefined || more.length > 0) throw invalidData('a split is one NPZ file');
      const archive = await openArchive(path);
      archives.push(archive);
      pairs.push(...(await findPairs(archive, path, split, notes)));
    }
    return { ...(await sourceOf(pairs, options, notes)), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function sourceOf(pairs: readonly Pair[], options: NpzOptions, notes: string[]): Promise<Source> {
  const [first] = pairs;
  if (first === undefined) throw invalidData('there is no file');
  for (const { x, y } of pairs) checkPair(x, y, first.x);
  const values = await valuesOf(pairs);
  const classes = isRegression(first.y, values, options.task) ? undefined : classesOf(values);
  const [, ...shape] = first.x.shape;
  const parts = pairs.map((pair, index): SourcePart =>
    partOf(pair, classes, (value) => values?.get(value)?.[index] ?? 0),
  );
  const image = first.x.type === 'u1' && shape.length >= 2 ? imageOf(shape) : undefined;
  return {
    shape: shape.length === 2 && image !== undefined ? [...shape, 1] : shape.length === 0 ? [1] : shape,
    dtype: first.x.type === 'u1' ? 'uint8' : 'float32',
    labels: classes === undefined ? targetsOf(first.y) : namesOf(classes, options.classNames),
    ...(image === undefined ? {} : { image }),
    parts,
    notes: [...notes, `to learn: ${classes === undefined ? 'numbers (regression)' : `${classes.length} classes`}`],
  };
}

/** Class numbers as they are where they are some, so that a class without samples keeps its number. */
function classesOf(values: Map<number, number[]> | undefined): number[] {
  const classes = [...(values?.keys() ?? [])].sort((a, b) => a - b);
  const isNumbering = classes.every((value) => Number.isInteger(value) && value >= 0 && value < MAX_CLASSES);
  return isNumbering ? Array.from({ length: (classes.at(-1) ?? 0) + 1 }, (_, index) => index) : classes;
}

function namesOf(classes: readonly number[], wished: readonly string[] | undefined): DatasetLabels {
  return {
    kind: 'classes',
    classNames: wished === undefined ? classes.map(String) : classNamesFor(classes.length, wished),
  };
}

function targetsOf({ shape }: NpyArray): DatasetLabels {
  const [, targets] = shape;
  if (targets === undefined) return { kind: 'values', names: ['y'] };
  return { kind: 'values', names: Array.from({ length: targets }, (_, index) => `y${index}`) };
}

function imageOf([height = 0, width = 0, channels = 1]: readonly number[]): Source['image'] {
  return channels === 1 || channels === 3 ? { height, width, channels } : undefined;
}

async function findPairs(archive: Archive, path: string, split: string | undefined, notes: string[]): Promise<Pair[]> {
  const found = new Map<string, { x?: NpyArray; y?: NpyArray }>();
  for (const entry of archive.entries.values()) {
    const name = entry.name.replace(/\.npy$/, '');
    const [, stem = '', part] = /^(.*?)(?:_(train|test|val|valid|validation))?$/.exec(name.toLowerCase()) ?? [];
    const kind = FEATURES.includes(stem) ? 'x' : LABELS.includes(stem) ? 'y' : undefined;
    if (kind === undefined) {
      notes.push(`${name} left out`);
      continue;
    }
    const key = part?.startsWith('val') === true ? 'validation' : (part ?? '');
    const pair = found.get(key) ?? {};
    if (pair[kind] !== undefined)
      throw invalidData(`${path} has two arrays for ${kind}: ${pair[kind].name} and ${name}`);
    found.set(key, { ...pair, [kind]: await openArray(entry, `${path}: ${name}`) });
  }
  const pairs = [...found].map(([key, { x, y }]): Pair => {
    if (x !== undefined && y !== undefined) return { split: split ?? (key || undefined), x, y };
    throw invalidData(
      `${path} has ${(x ?? y)?.name ?? 'an array'} without its counterpart`,
      'Save x and y, or x_train, y_train …',
    );
  });
  if (pairs.length > 0) return pairs.sort((a, b) => Number(b.split === 'train') - Number(a.split === 'train'));
  throw invalidData(`${path} has no arrays x and y`, `It has ${[...archive.entries.keys()].slice(0, 20).join(', ')}.`);
}

async function openArray(entry: ArchiveEntry, name: string): Promise<NpyArray> {
  const reader = new ByteReader(await entry.open());
  try {
    const header = await readNpyHeader(reader, name);
    if (header.bytes !== entry.bytes) {
      throw invalidData(`${name} says to be of ${header.bytes} bytes, the archive has ${entry.bytes} of it`);
    }
    return { ...header, name, entry };
  } finally {
    reader.close();
  }
}

function checkPair(x: NpyArray, y: NpyArray, first: NpyArray): void {
  if (x.shape[0] !== y.shape[0])
    throw invalidData(`${x.name} has ${x.shape[0] ?? 0} rows, ${y.name} ${y.shape[0] ?? 0}`);
  if (y.shape.length > 2)
    throw invalidData(`${y.name} has ${y.shape.length} axes; labels have one, or two for several targets`);
  if (x.shape.slice(1).join() !== first.shape.slice(1).join() || (x.type === 'u1') !== (first.type === 'u1')) {
    throw invalidData(`${x.name} and ${first.name} are not of one form`);
  }
}

/** How often each label comes, or undefined where there are too many different ones, or several a row. */
async function valuesOf(pairs: readonly Pair[]): Promise<Map<number, number[]> | undefined> {
  const counts = new Map<number, number[]>();
  for (const [index, { y }] of pairs.entries()) {
    if ((y.shape[1] ?? 1) > 1) return undefined;
    for await (const [value = 0] of rowsOf(y)) {
      const known = counts.get(value) ?? Array<number>(pairs.length).fill(0);
      known[index] = (known[index] ?? 0) + 1;
      counts.set(value, known);
      if (counts.size > MAX_CLASSES) return undefined;
    }
  }
  return counts;
}

function isRegression(y: NpyArray, values: Map<number, number[]> | undefined, task: NpzOptions['task']): boolean {
  const isReal = y.type.startsWith('f');
  if (task === 'classification') {
    if (values !== undefined) return false;
    throw invalidData(`${y.name} has more than ${MAX_CLASSES} different values, or several a row: no classes`);
  }
  if (task === 'regression' || values === undefined) return true;
  return isReal && ![...values.keys()].every((value) => Number.isInteger(value) && values.size <= 50);
}

function partOf(
  { split, x, y }: Pair,
  classes: readonly number[] | undefined,
  countOf: (label: number) => number,
): SourcePart {
  const count = x.shape[0] ?? 0;
  if (classes === undefined) return { split, count, classCounts: [count], samples: () => samples(x, y, undefined) };
  const places = new Map(classes.map((value, index) => [value, index]));
  const classCounts = classes.map(countOf);
  requireClasses(classCounts, y.name);
  return { split, count, classCounts, samples: () => samples(x, y, places) };
}

async function* samples(x: NpyArray, y: NpyArray, places: Map<number, number> | undefined): AsyncGenerator<Sample> {
  const labels = rowsOf(y);
  try {
    for await (const row of rowsOf(x)) {
      const next = await labels.next();
      const label = next.done === true ? new Float32Array(1) : next.value;
      yield { x: row, y: places === undefined ? Float32Array.from(label) : (places.get(label[0] ?? 0) ?? 0) };
    }
  } finally {
    await labels.return(undefined);
  }
}

async function* rowsOf(array: NpyArray): AsyncGenerator<Uint8Array | Float32Array> {
  const reader = new ByteReader(await array.entry.open());
  try {
    await readNpyHeader(reader, array.name);
    yield* npyRows(reader, array, array.name);
  } finally {
    reader.close();
  }
}
