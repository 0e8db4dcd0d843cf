/** Folders of pictures: a folder a class, or folders of splits with the classes' folders in them. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { cannotRead, openRegular } from '../streams.js';
import { invalidData, requireClasses, type InputPart, type Sample, type Source, type SourcePart } from '../source.js';
import { decodePicture, pictureSize, type PictureForm } from './picture.js';

export interface ImageOptions {
  /** Of the first picture if absent; then all must have it. */
  readonly size?: { readonly height: number; readonly width: number };
  /** By default colour, or grey if the first picture is. */
  readonly colour?: 'grey' | 'colour';
  /** Leave pictures out that cannot be read, instead of refusing all. */
  readonly skipBroken: boolean;
  readonly onSkipped?: (message: string) => void;
}

interface ClassFolder {
  readonly folder: string;
  readonly className: string;
  readonly files: readonly string[];
}

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.tiff', '.avif']);
const SPLITS = new Set(['train', 'test', 'validation', 'val', 'valid']);
const MAX_FILE_BYTES = 64 * 2 ** 20;

/** @throws LockstepError INVALID_DATASET */
export async function openImages(inputs: readonly InputPart[], options: ImageOptions): Promise<Source> {
  const notes: string[] = [];
  const folders: { split: string | undefined; classes: ClassFolder[] }[] = [];
  for (const input of inputs) folders.push(...(await findClasses(input, notes)));
  const classNames = [...new Set(folders.flatMap(({ classes }) => classes.map(({ className }) => className)))].sort();
  const counts = folders.map(({ classes }) => classNames.map((name) => countOf(classes, name)));
  for (const [index, { split }] of folders.entries()) {
    requireClasses(counts[index] ?? [], split === undefined ? 'the folder' : `the folder of ${split}`);
  }
  const form = await formOf(folders[0]?.classes ?? [], options);
  notes.push(`pictures of ${form.height}x${form.width}, ${form.channels === 1 ? 'grey' : 'in colour'}`);
  const parts = folders.map(({ split, classes }, index): SourcePart => {
    const classCounts = counts[index] ?? [];
    const count = classCounts.reduce((sum, one) => sum + one, 0);
    return { split, count, classCounts, samples: () => samples(classes, classNames, form, options) };
  });
  const { height, width, channels } = form;
  return {
    shape: [height, width, channels],
    dtype: 'uint8',
    labels: { kind: 'classes', classNames },
    image: { height, width, channels },
    parts,
    notes,
  };
}

function countOf(classes: readonly ClassFolder[], name: string): number {
  return classes.find(({ className }) => className === name)?.files.length ?? 0;
}

async function findClasses(
  { split, paths }: InputPart,
  notes: string[],
): Promise<{ split: string | undefined; classes: ClassFolder[] }[]> {
  const [root, ...more] = paths;
  if (root === undefined || more.length > 0) throw invalidData('pictures are given as one folder');
  const folders = await list(root, 'folders', notes);
  if (folders.length === 0) throw invalidData(`${root} has no folders`, 'There must be one for each class.');
  const isSplits = split === undefined && folders.includes('train') && folders.every((name) => SPLITS.has(name));
  if (!isSplits) return [{ split, classes: await readClasses(root, folders, notes) }];
  const found = [];
  for (const name of folders) {
    const classes = await readClasses(join(root, name), await list(join(root, name), 'folders', notes), notes);
    found.push({ split: name.startsWith('val') ? 'validation' : name, classes });
  }
  return found.sort((a, b) => Number(b.split === 'train') - Number(a.split === 'train'));
}

async function readClasses(root: string, names: readonly string[], notes: string[]): Promise<ClassFolder[]> {
  const classes = [];
  for (const className of names) {
    if (className.length > 200)
      throw invalidData(`the class of ${join(root, className)} has a name of over 200 letters`);
    const folder = join(root, className);
    classes.push({ folder, className, files: await list(folder, 'pictures', notes) });
  }
  return classes;
}

/** Names in ascending order. Hidden files are passed over; links and devices are refused: who knows where they lead. */
async function list(folder: string, wanted: 'folders' | 'pictures', notes: string[]): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw cannotRead(folder, cause);
  });
  const names: string[] = [];
  let others = 0;
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    if (entry.isSymbolicLink()) throw invalidData(`${path} is a link`, 'Put the files themselves there.');
    if (!entry.isFile() && !entry.isDirectory()) throw invalidData(`${path} is no ordinary file`);
    if (entry.isDirectory() && wanted === 'pictures') {
      throw invalidData(`${path} is a folder inside the folder of a class`, 'A class is one folder of pictures.');
    }
    const isWanted = wanted === 'folders' ? entry.isDirectory() : PICTURES.has(extname(name).toLowerCase());
    if (isWanted) names.push(name);
    else others += 1;
  }
  if (others > 0) notes.push(`${folder}: ${others} files that are no ${wanted} left out`);
  return names.sort();
}

async function formOf(classes: readonly ClassFolder[], options: ImageOptions): Promise<PictureForm> {
  for (const { folder, files } of classes) {
    for (const name of files) {
      const path = join(folder, name);
      try {
        const found = await pictureSize(await readPicture(path), path);
        const channels = (options.colour ?? (found.channels === 1 ? 'grey' : 'colour')) === 'grey' ? 1 : 3;
        const { height, width } = options.size ?? found;
        return { height, width, channels, resize: options.size !== undefined };
      } catch (error) {
        if (!options.skipBroken) throw error;
      }
    }
  }
  throw invalidData('there are no pictures', `Looked for ${[...PICTURES].join(', ')}.`);
}

async function* samples(
  classes: readonly ClassFolder[],
  classNames: readonly string[],
  form: PictureForm,
  { skipBroken, onSkipped }: ImageOptions,
): AsyncGenerator<Sample> {
  for (const { folder, className, files } of classes) {
    const y = classNames.indexOf(className);
    for (const name of files) {
      const path = join(folder, name);
      try {
        const x = await decodePicture(await readPicture(path), path, form);
        yield { x, y };
      } catch (error) {
        if (!skipBroken) throw error;
        onSkipped?.(error instanceof Error ? error.message : String(error));
      }
    }
  }
}

async function readPicture(path: string): Promise<Buffer> {
  const { file, bytes } = await openRegular(path, 'refuse');
  try {
    if (bytes > MAX_FILE_BYTES) throw invalidData(`${path} is larger than 64 MiB`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
