/** Brings the trained model into a folder, and makes sure that it is the one the report names. */
import { createHash } from 'node:crypto';
import type { LockstepClient } from '@lockstep/client';
import { LockstepError, type JobStatus } from '@lockstep/core';
import { writeModel } from '../models/write-model.js';

/**
 * @returns the folder, as it was given; null where the job has made no model
 * @throws LockstepError HASH_MISMATCH when the weights that came are not the ones that were trained, INVALID_OPTION for a
 * folder that cannot be written to
 */
export async function saveModel(
  client: Pick<LockstepClient, 'models'>,
  { model, weightsSha256 }: JobStatus,
  folder: string,
): Promise<string | null> {
  if (model === null) return null;
  await writeModel(client, { ...model, format: 'tfjs' }, folder, (files) => {
    const weights = files.find(({ name }) => name === 'weights.bin');
    if (weightsSha256 !== null) checkWeights(weights?.bytes ?? new Uint8Array(), weightsSha256);
  });
  return folder;
}

/** weights.bin is the float32 values in model order, which is exactly what the job's hash is taken of. */
function checkWeights(bytes: Uint8Array, expected: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === expected) return;
  throw new LockstepError('HASH_MISMATCH', `the model's weights have the hash ${actual}, the job's are ${expected}`, {
    hint: 'they were damaged on their way: download them again',
  });
}
