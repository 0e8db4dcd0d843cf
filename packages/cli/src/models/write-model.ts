/** Brings a model from the service into a folder, for `model export` and the demo. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockstepClient, ModelFormat } from '@lockstep/client';
import { LockstepError } from '@lockstep/core';
import { readTar, type TarEntry } from './untar.js';

/**
 * @param check is shown the files before any is written
 * @returns the names of the files
 * @throws LockstepError NOT_FOUND, MODEL_NOT_RECORDABLE, INVALID_OPTION for a folder that cannot be made or written to
 */
export async function writeModel(
  { models }: Pick<LockstepClient, 'models'>,
  { name, version, format }: { readonly name: string; readonly version: number; readonly format: ModelFormat },
  folder: string,
  check: (files: readonly TarEntry[]) => void = () => undefined,
): Promise<readonly string[]> {
  const files = readTar(await models.export(name, version, format));
  check(files);
  try {
    await mkdir(folder, { recursive: true });
    for (const file of files) {
      // In one go, so that a folder never holds half a file under its name.
      const place = join(folder, file.name);
      await writeFile(`${place}.part`, file.bytes);
      await rename(`${place}.part`, place);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LockstepError('INVALID_OPTION', `the model cannot be written: ${reason}`, {
      hint: 'Choose another folder with --out.',
      cause,
    });
  }
  return files.map((file) => file.name);
}
