/** Files of every format, made for a test, and what a conversion of them gives. */
import { mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { readSafetensors, type DatasetManifest } from '@lockstep/core';
import { convert, openSource, type ConvertOptions, type Format, type InputPart, type SourceOptions } from '../index.js';

export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'lockstep-test-'));
}

export async function put(folder: string, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** An IDX file of bytes. */
export function idx(shape: readonly number[], values: ArrayLike<number>, type = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  for (const [index, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * index);
  return Buffer.concat([header, Uint8Array.from(values)]);
}

/** An array of NumPy. */
export function npy(descr: string, shape: readonly number[], data: Uint8Array, fortran = false, major = 1): Buffer {
  const axes = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${axes}), }`;
  const prefix = major === 1 ? 10 : 12;
  const header = Buffer.from(text.padEnd(Math.ceil((text.length + prefix + 1) / 64) * 64 - prefix - 1) + '\n');
  const start = Buffer.alloc(prefix);
  start.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, major, 0]);
  if (major === 1) start.writeUInt16LE(header.length, 8);
  else start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, header, data]);
}

export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** What the archive says instead of the true size. */
  readonly saidBytes?: number;
}

/** A zip archive. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const { name, data, deflate = false, saidBytes } of entries) {
    const packed = deflate ? deflateRawSync(data) : data;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(deflate ? 8 : 0, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(saidBytes ?? data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, tail, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, central, end]);
}

export interface Converted {
  readonly manifest: DatasetManifest;
  readonly notes: readonly string[];
  /** By split: rows of features and of labels. */
  readonly x: Readonly<Record<string, number[][]>>;
  readonly y: Readonly<Record<string, number[][]>>;
}

const NOTHING_SAID: SourceOptions = { labels: [], categorical: [], ignored: [], missing: 'refuse', skipBroken: false };

/** Converts and reads the shards back. */
export async function converted(
  format: Format,
  input: string | readonly InputPart[],
  options: Partial<SourceOptions & ConvertOptions> = {},
): Promise<Converted> {
  const inputs = typeof input === 'string' ? [{ split: undefined, paths: [input] }] : input;
  const source = await openSource(format, inputs, { ...NOTHING_SAID, ...options });
  const bytes = new Map<string, Uint8Array>();
  const wished = { name: 'made-up', source: 'made up', shares: [], seed: 0, ...options };
  const manifest = await convert(source, wished, async (shard, content) => {
    bytes.set(shard.sha256, content);
  });
  const x: Record<string, number[][]> = {};
  const y: Record<string, number[][]> = {};
  for (const [split, { shards }] of Object.entries(manifest.splits)) {
    const tensors = shards.map(({ sha256 }) => readSafetensors(bytes.get(sha256)!).tensors);
    x[split] = tensors.flatMap((file) => rowsOf(file.get('x')!));
    y[split] = tensors.flatMap((file) => rowsOf(file.get('y')!));
  }
  return { manifest, notes: source.notes, x, y };
}

function rowsOf({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }): number[][] {
  const [count = 0, ...rest] = shape;
  const width = rest.reduce((product, size) => product * size, 1);
  const all = Array.from(data);
  return Array.from({ length: count }, (_, row) => all.slice(row * width, (row + 1) * width));
}
