/** Files that a model is asked about: pictures, tables and JSON, made into instances of the model. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { LockstepError, tableColumns, type ModelVersion } from '@lockstep/core';
import { decodePicture, readCsv, type PictureForm } from '@lockstep/datasets';
import type { Output } from '../output/output.js';

export interface NamedInstance {
  /** For people: the file, and where it holds several the place in it. */
  readonly name: string;
  readonly instance: unknown;
}

/** @throws LockstepError INVALID_OPTION, INVALID_DATASET for a picture or a table that cannot be read */
export async function readInstanceFile(file: string, model: ModelVersion, output: Output): Promise<NamedInstance[]> {
  const kind = extname(file).toLowerCase();
  if (file === '-' || kind === '.json') return jsonInstances(file);
  if (kind === '.csv' || kind === '.tsv') return tableInstances(file, model, output);
  return [await pictureInstance(file, model)];
}

async function jsonInstances(file: string): Promise<NamedInstance[]> {
  const text = file === '-' ? await readStdin() : (await readBytes(file)).toString('utf8');
  const value = parseJson(file, text);
  const listed = instancesIn(value);
  return listed.map((instance, index) => ({ name: `${file}[${index}]`, instance }));
}

/** A list is one of instances; the body of a request to the service is taken as well, and a lone object is one row. */
function instancesIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const { instances } = (typeof value === 'object' && value !== null ? value : {}) as { readonly instances?: unknown };
  return Array.isArray(instances) ? instances : [value];
}

async function tableInstances(file: string, model: ModelVersion, output: Output): Promise<NamedInstance[]> {
  const columns = tableColumns(model.features);
  if (columns === undefined) {
    throw unusable(file, `${model.name} was not trained on a table`, 'Ask it with JSON, or with a picture.');
  }
  const known = new Set(columns.map((column) => column.name));
  const { header, rows } = await readCsv(file);
  const passedOver = header.filter((name) => !known.has(name));
  if (passedOver.length > 0) output.say(`${file}: columns that the model does not look at: ${passedOver.join(', ')}`);
  return rows.map((cells, index) => ({
    name: `${file}[${index}]`,
    instance: Object.fromEntries(
      header.flatMap((name, place) => {
        return known.has(name) ? [[name, cells[place] ?? '']] : [];
      }),
    ),
  }));
}

async function pictureInstance(file: string, { name, features }: ModelVersion): Promise<NamedInstance> {
  const form = pictureForm(features);
  if (form === undefined) {
    throw unusable(file, `${name} was not trained on pictures`, 'The names of other files end in .csv, .tsv or .json.');
  }
  const pixels = await decodePicture(await readBytes(file), file, { ...form, resize: true });
  return { name: file, instance: [...pixels] };
}

/** Data that was imported as arrays does not say that it is pictures, but its shape does. */
function pictureForm({ image, shape, dtype }: ModelVersion['features']): Omit<PictureForm, 'resize'> | undefined {
  if (image !== null) return image;
  const [height, width, channels = 1] = shape;
  if (dtype !== 'uint8' || height === undefined || width === undefined || shape.length > 3) return undefined;
  return channels === 1 || channels === 3 ? { height, width, channels } : undefined;
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EISDIR') {
      throw unusable(file, 'it is a folder', `Name the files in it, such as ${file}/*.png.`, cause);
    }
    throw new LockstepError(
      'NOT_FOUND',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(file, 'it is not JSON', 'Write an array of instances, such as [[5.1, 3.5, 1.4, 0.2]].', cause);
  }
}

function unusable(file: string, why: string, hint: string, cause?: unknown): LockstepError {
  return new LockstepError('INVALID_OPTION', `${file} cannot be used: ${why}`, { hint, cause });
}
