/** Brings the trained model into a folder, and makes sure that it is the one the report names. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockstepClient } from '@lockstep/client';
import { LockstepError, type JobStatus } from '@lockstep/core';

const WEIGHTS_FILE = 'weights.bin';

/**
 * @returns the folder, as it was given
 * @throws LockstepError HASH_MISMATCH when the weights that came are not the ones that were trained.
 */
export async function saveModel(client: LockstepClient, status: JobStatus, folder: string): Promise<string> {
  const names = await client.models.files(status.id);
  await makeFolder(folder);
  for (const name of names) {
    const bytes = await client.models.download(status.id, plainName(name));
    if (name === WEIGHTS_FILE) checkWeights(bytes, status);
    // In one go, so that a folder never holds half a file under its name.
    const place = join(folder, name);
    await writeFile(`${place}.part`, bytes);
    await rename(`${place}.part`, place);
  }
  return folder;
}

/** @throws LockstepError INVALID_OPTION when there is a file of that name, or the folder cannot be made */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LockstepError('INVALID_OPTION', `the model's folder cannot be made: ${reason}`, {
      cause,
      hint: 'Name another one with --out.',
    });
  }
}

/** weights.bin is the float32 values in model order, which is exactly what the job's hash is taken of. */
function checkWeights(bytes: Uint8Array, { weightsSha256 }: JobStatus): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (weightsSha256 === null || actual === weightsSha256) return;
  throw new LockstepError(
    'HASH_MISMATCH',
    `the model's weights have the hash ${actual}, the job's are ${weightsSha256}`,
    {
      hint: 'they were damaged on their way: download them again',
    },
  );
}

/** The name comes from a service: it must not lead out of the folder. */
function plainName(name: string): string {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new LockstepError('UNREACHABLE', `the service names a file of the model ${JSON.stringify(name)}`);
}
