/** `lockstep dataset preview`: rows as a table; pictures drawn with letters, or saved. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockstepClient } from '@lockstep/client';
import type { DatasetPreview } from '@lockstep/core';
import { decodePicture } from '@lockstep/datasets';
import { printResult, type Context } from '../commands/context.js';
import { decimal } from '../output/numbers.js';
import { renderFittingTable } from '../output/table.js';
import type { DatasetAddress } from './address.js';

export interface PreviewOptions {
  readonly split: string;
  readonly limit: number;
  readonly out?: string;
  readonly json?: true;
}

type Sample = DatasetPreview['samples'][number];

/** From black to white; a letter is about twice as high as it is wide. */
const SHADES = ' .:-=+*#%@';
const LETTER_HEIGHT = 2;
const MAX_COLUMNS = 64;
const SHOWN_VALUES = 12;

export async function previewDataset(
  context: Context,
  client: LockstepClient,
  { name, version }: DatasetAddress,
  { split, limit, out, json }: PreviewOptions,
): Promise<void> {
  const preview = await client.datasets.preview(name, { split, limit, ...(version === undefined ? {} : { version }) });
  if (out !== undefined) await savePictures(context, preview, out);
  printResult(
    context,
    json === true,
    preview,
    json === true ? '' : await renderPreview(preview, context.output.resultColumns()),
  );
}

/** @param width of the terminal, in letters */
export async function renderPreview(preview: DatasetPreview, width: number): Promise<string> {
  const { samples, columns, targets, split } = preview;
  if (samples.some(({ picture }) => picture !== undefined)) {
    const drawn = await Promise.all(samples.map((sample) => drawPicture(sample, preview.shape)));
    return drawn.join('\n\n');
  }
  const labels = targets ?? ['class'];
  const header = [split, ...(columns ?? ['values']), ...labels.map((label) => `→ ${label}`)];
  const rows = samples.map((sample) => [
    String(sample.number),
    ...(sample.row?.map(cell) ?? [valuesOf(sample.values ?? [])]),
    ...(typeof sample.label === 'string' ? [sample.label] : sample.label.map(decimal)),
  ]);
  return renderFittingTable([header, ...rows], () => false, { last: labels.length, width }).join('\n');
}

function cell(value: number | string | null): string {
  if (typeof value !== 'number') return value ?? '–';
  return Number.isInteger(value) ? String(value) : decimal(value);
}

function valuesOf(values: readonly number[]): string {
  const shown = values.slice(0, SHOWN_VALUES).map(cell).join(' ');
  return values.length > SHOWN_VALUES ? `${shown} …` : shown;
}

async function drawPicture({ number, label, picture }: Sample, [height = 1, width = 1]: readonly number[]) {
  const columns = Math.min(MAX_COLUMNS, width * LETTER_HEIGHT);
  const lines = Math.max(1, Math.round((columns * height) / width / LETTER_HEIGHT));
  const form = { height: lines, width: columns, channels: 1, resize: true } as const;
  const pixels = await decodePicture(bytesOf(picture), `sample ${number}`, form);
  const shade = (pixel: number): string => SHADES[Math.floor((pixel / 256) * SHADES.length)] ?? ' ';
  const drawn = Array.from({ length: lines }, (_, line) =>
    Array.from(pixels.subarray(line * columns, (line + 1) * columns), shade).join(''),
  );
  return [`${number}: ${String(label)}`, ...drawn.map((line) => line.trimEnd())].join('\n');
}

async function savePictures({ output }: Context, { name, split, samples }: DatasetPreview, folder: string) {
  const pictures = samples.filter(({ picture }) => picture !== undefined);
  await mkdir(folder, { recursive: true });
  for (const { number, picture } of pictures) {
    await writeFile(join(folder, `${name}-${split}-${number}.png`), bytesOf(picture));
  }
  output.say(pictures.length === 0 ? 'these are no pictures: nothing is saved' : `saved in ${folder}`);
}

/** Of a data URL. */
function bytesOf(url = ''): Buffer {
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
