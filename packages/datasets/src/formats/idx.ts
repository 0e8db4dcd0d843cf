/**
 * IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist, "The IDX file format"): two zero bytes, a type, the
 * number of dimensions, each dimension as a big-endian uint32, then the values, big-endian.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ByteReader, cannotRead, openStream } from '../streams.js';
import {
  classNamesFor,
  invalidData,
  requireClasses,
  type InputPart,
  type Progress,
  type Sample,
  type Source,
  type SourcePart,
} from '../source.js';
import { ELEMENT_TYPES, readElements, type ElementType } from './elements.js';

export interface IdxOptions {
  readonly classNames?: readonly string[];
}

interface IdxFile {
  readonly path: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Bytes before the values. */
  readonly start: number;
}

const TYPES: Readonly<Record<number, ElementType>> = {
  0x08: 'u1',
  0x09: 'i1',
  0x0b: 'i2',
  0x0c: 'i4',
  0x0d: 'f4',
  0x0e: 'f8',
};
const MAX_AXIS = 65_536;
const MAX_LABEL = 65_535;

/** @throws LockstepError INVALID_DATASET */
export async function openIdx(inputs: readonly InputPart[], options: IdxOptions, progress: Progress): Promise<Source> {
  const pairs = (await Promise.all(inputs.map(findPairs))).flat();
  const opened: { split: string | undefined; images: IdxFile; labels: IdxFile; counts: number[] }[] = [];
  for (const { split, files } of pairs) {
    const [images, labels] = tellApart(await readHeader(files[0]), await readHeader(files[1]));
    checkPair(images, labels);
    opened.push({ split, images, labels, counts: await countLabels(labels, progress) });
  }
  const [first] = opened;
  if (first === undefined) throw invalidData('there are no IDX files');
  const classes = Math.max(...opened.map(({ counts }) => counts.length));
  const shape = sampleShape(first.images);
  const parts = opened.map(({ split, images, labels, counts }): SourcePart => {
    requireClasses(counts, labels.path);
    if (sampleShape(images).join() !== shape.join() || images.type !== first.images.type) {
      throw invalidData(
        `${images.path} holds [${sampleShape(images).join(', ')}] ${images.type}, the first file others`,
      );
    }
    const count = labels.shape[0] ?? 0;
    return { split, count, classCounts: padded(counts, classes), samples: () => samples(images, labels) };
  });
  return {
    shape,
    dtype: first.images.type === 'u1' ? 'uint8' : 'float32',
    labels: { kind: 'classes', classNames: classNamesFor(classes, options.classNames) },
    ...imageOf(first.images),
    parts,
    notes: pairs.map(
      ({ split, files }) => `${split ?? 'samples'}: ${files.map((file) => basename(file)).join(' and ')}`,
    ),
  };
}

function padded(counts: readonly number[], length: number): number[] {
  return Array.from({ length }, (_, index) => counts[index] ?? 0);
}

/** [n, h, w] are grey pictures, [n, h, w, c] have channels, [n, d] are plain rows. */
function sampleShape({ shape }: IdxFile): number[] {
  const rest = shape.slice(1);
  return rest.length === 2 ? [...rest, 1] : rest;
}

function imageOf(images: IdxFile): Pick<Source, 'image'> {
  const [height = 0, width = 0, channels] = sampleShape(images);
  if (images.type !== 'u1' || (channels !== 1 && channels !== 3)) return {};
  return { image: { height, width, channels } };
}

interface Pair {
  readonly split: string | undefined;
  readonly files: readonly [string, string];
}

/** Two files, or a folder in which the names say what belongs together. */
async function findPairs({ split, paths }: InputPart): Promise<Pair[]> {
  const [first, second, ...more] = paths;
  if (first === undefined || more.length > 0) throw invalidData('IDX takes a folder, or two files: images and labels');
  if (second !== undefined) return [{ split, files: [first, second] }];
  const entry = await stat(first).catch((cause: unknown) => {
    throw cannotRead(first, cause);
  });
  if (!entry.isDirectory()) {
    throw invalidData(`${first} is one file`, 'IDX takes a folder, or two files: images and labels.');
  }
  const names = (await readdir(first))
    .filter((name) => /idx[0-9]-ubyte|\.idx[0-9]?(\.|$)|^[^.].*-idx/i.test(name))
    .sort();
  const pairs = names
    .filter((name) => /image/i.test(name))
    .flatMap((name): Pair[] => {
      const stem = stemOf(name);
      const labels = names.find((other) => /label/i.test(other) && stemOf(other) === stem);
      if (labels === undefined) return [];
      return [{ split: split ?? splitOf(stem), files: [join(first, name), join(first, labels)] }];
    });
  if (pairs.length === 0) throw invalidData(`${first} has no pair of IDX files named …images… and …labels…`);
  return pairs;
}

/** What is left of a name when images or labels, dimensions and packing are taken away: `train`, `t10k`. */
function stemOf(name: string): string {
  return name.toLowerCase().replace(/images?|labels?|idx[0-9]?|ubyte|\.gz$|[-_.]/g, '');
}

function splitOf(stem: string): string | undefined {
  if (stem.includes('train')) return 'train';
  if (/t10k|test/.test(stem)) return 'test';
  return stem.includes('val') ? 'validation' : undefined;
}

/** The labels are the file of one dimension. */
function tellApart(one: IdxFile, other: IdxFile): [images: IdxFile, labels: IdxFile] {
  if (one.shape.length > 1 && other.shape.length === 1) return [one, other];
  if (other.shape.length > 1 && one.shape.length === 1) return [other, one];
  throw invalidData(`${one.path} and ${other.path} are not images (two dimensions or more) and labels (one)`);
}

function checkPair(images: IdxFile, labels: IdxFile): void {
  if (images.shape[0] !== labels.shape[0]) {
    throw invalidData(`${images.path} has ${images.shape[0] ?? 0} samples, ${labels.path} ${labels.shape[0] ?? 0}`);
  }
  if (labels.type === 'f4' || labels.type === 'f8') throw invalidData(`${labels.path} holds no whole numbers`);
}

async function readHeader(path: string): Promise<IdxFile> {
  const reader = new ByteReader(await openStream(path));
  try {
    const magic = await reader.read(4);
    const [type, dimensions] = [TYPES[magic[2] ?? 0], magic[3] ?? 0];
    if (magic.length < 4 || magic[0] !== 0 || magic[1] !== 0 || type === undefined) {
      throw invalidData(`${path} is no IDX file: it begins with ${magic.toString('hex') || 'nothing'}`);
    }
    if (dimensions < 1 || dimensions > 4) throw invalidData(`${path} has ${dimensions} dimensions, not 1 to 4`);
    const sizes = Buffer.from(await reader.read(4 * dimensions));
    if (sizes.length < 4 * dimensions) throw invalidData(`${path} is cut off in its header`);
    const shape = Array.from({ length: dimensions }, (_, index) => sizes.readUInt32BE(4 * index));
    const wrong = shape.find((size, axis) => size === 0 || (axis > 0 && size > MAX_AXIS));
    if (wrong !== undefined) throw invalidData(`${path} has a dimension of ${wrong}: [${shape.join(', ')}]`);
    return { path, type, shape, start: 4 + sizes.length };
  } finally {
    reader.close();
  }
}

async function countLabels(labels: IdxFile, progress: Progress): Promise<number[]> {
  const counts: number[] = [];
  for await (const [label] of rows(labels, progress)) {
    for (let next = counts.length; next <= (label ?? 0); next += 1) counts.push(0);
    counts[label ?? 0] = (counts[label ?? 0] ?? 0) + 1;
  }
  return counts;
}

async function* samples(images: IdxFile, labels: IdxFile): AsyncGenerator<Sample> {
  const classes = rows(labels);
  try {
    for await (const x of rows(images)) {
      const label = await classes.next();
      const [y = 0] = label.done === true ? [] : label.value;
      yield { x: x instanceof Uint8Array ? x : Float32Array.from(x), y };
    }
    // The rows are counted; what is left to find is whether the file ends where it should.
    await classes.next();
  } finally {
    await classes.return(undefined);
  }
}

/** One sample after the other; a file that is longer or shorter than it says is refused. */
async function* rows(file: IdxFile, progress?: Progress): AsyncGenerator<Uint8Array | Float32Array> {
  const [count = 0, ...rest] = file.shape;
  const values = rest.reduce((product, size) => product * size, 1);
  const reader = new ByteReader(await openStream(file.path, progress));
  try {
    await reader.read(file.start);
    const isLabel = rest.length === 0;
    for (let row = 0; row < count; row += 1) {
      const bytes = await reader.read(values * ELEMENT_TYPES[file.type].bytes);
      if (bytes.length < values * ELEMENT_TYPES[file.type].bytes) {
        throw invalidData(`${file.path} is cut off: it says ${count} samples and has ${row}`);
      }
      const elements = readElements(bytes, file.type, false);
      checkElements(elements, file, row, isLabel);
      yield elements;
    }
    if ((await reader.read(1)).length > 0)
      throw invalidData(`${file.path} is longer than the ${count} samples it says`);
  } finally {
    reader.close();
  }
}

function checkElements(elements: Uint8Array | Float32Array, { path }: IdxFile, row: number, isLabel: boolean): void {
  const [label = 0] = elements;
  if (isLabel && !(label >= 0 && label <= MAX_LABEL && Number.isInteger(label))) {
    throw invalidData(`${path}: sample ${row} has the label ${label}; labels are 0 to ${MAX_LABEL}`);
  }
  if (elements instanceof Float32Array && !elements.every(Number.isFinite)) {
    throw invalidData(`${path}: sample ${row} has values that are not finite`);
  }
}
