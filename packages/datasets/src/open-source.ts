/** Opens files of any of the formats; a new format is a file in `formats/` and a line here. */
import { readdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { openCsv } from './formats/csv.js';
import { openIdx } from './formats/idx.js';
import { openImages, type ImageOptions } from './formats/images.js';
import { openJsonLines } from './formats/json-lines.js';
import { openNpz } from './formats/npz.js';
import type { TableOptions } from './formats/table.js';
import { invalidData, type InputPart, type Progress, type Source } from './source.js';
import { cannotRead } from './streams.js';

export const FORMATS = ['idx', 'csv', 'images', 'npz', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** What each format takes of these is in docs/datasets.md; the others do not look at it. */
export interface SourceOptions extends TableOptions, ImageOptions {
  /** One character. */
  readonly delimiter?: string;
  readonly classNames?: readonly string[];
}

/**
 * Looks at everything that has to be known before the first sample; of tables that is every row.
 * @throws LockstepError INVALID_DATASET, with file and row
 */
export function openSource(
  format: Format,
  inputs: readonly InputPart[],
  options: SourceOptions,
  progress: Progress = () => undefined,
): Promise<Source> {
  switch (format) {
    case 'idx':
      return openIdx(inputs, options, progress);
    case 'csv':
      return openCsv(inputs, options, progress);
    case 'images':
      return openImages(inputs, options);
    case 'npz':
      return openNpz(inputs, options);
    case 'jsonl':
      return openJsonLines(inputs, options, progress);
  }
}

/**
 * By the name of the first file, or by what is in the folder.
 * @throws LockstepError INVALID_DATASET when it is not clear
 */
export async function guessFormat(inputs: readonly InputPart[]): Promise<Format> {
  const path = inputs[0]?.paths[0] ?? '';
  const entry = await stat(path).catch((cause: unknown) => {
    throw cannotRead(path, cause);
  });
  if (entry.isDirectory()) {
    const names = await readdir(path);
    return names.some((name) => /idx[0-9]/i.test(name)) ? 'idx' : 'images';
  }
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  if (/\.(csv|tsv)$/.test(name)) return 'csv';
  if (name.endsWith('.npz')) return 'npz';
  if (/\.(jsonl|ndjson)$/.test(name)) return 'jsonl';
  if (/idx[0-9]/.test(name) || name.endsWith('-ubyte')) return 'idx';
  throw invalidData(`it is not clear of which format ${path} is`, `Say it with --format: ${FORMATS.join(', ')}.`);
}
