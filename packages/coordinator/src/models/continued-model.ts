/**
 * `continueFrom`: the model whose training a job goes on with. When the job is submitted the reference is replaced by
 * the version, so that it does not depend on what an alias or `latest` is later, and the two job files are compared.
 */
import { continuationFaults, isLockstepError, LockstepError, type Fault, type JobPlan } from '@lockstep/core';
import type { ModelRegistry } from './registry.js';

/** The model's file with everything that its training goes on from; see checkpoint-file.ts. */
export const TRAINING_STATE_FILE = 'training-state.safetensors';

const PATH = 'continueFrom';

/**
 * Plans a job with the model that it goes on with found and pinned.
 * @throws LockstepError INVALID_SPEC with what is different, or wrong about the model, and what `plan` throws
 */
export async function planContinued(
  spec: unknown,
  models: Pick<ModelRegistry, 'get'>,
  plan: (spec: unknown) => JobPlan | Promise<JobPlan>,
): Promise<JobPlan> {
  const planned = await plan(spec);
  if (planned.continueFrom === null) return planned;
  const base = await find(planned.continueFrom, models);
  const name = `${base.name}/${String(base.version)}`;
  if (!base.files.some((file) => file.name === TRAINING_STATE_FILE)) {
    const message = `${name} has no training to go on with: use model.initialWeights to start from its weights`;
    throw refusal([{ path: PATH, message }]);
  }
  const faults = continuationFaults(planned, base.spec, name);
  if (faults.length > 0) throw refusal(faults);
  return plan({ ...(spec as object), [PATH]: name });
}

/**
 * The file that the training goes on from.
 * @throws LockstepError NOT_FOUND, HASH_MISMATCH
 */
export async function trainingStateOf(
  reference: string,
  models: Pick<ModelRegistry, 'get' | 'file'>,
): Promise<Uint8Array> {
  return models.file(await models.get(reference), TRAINING_STATE_FILE);
}

/** Whether a job that was submitted goes on with the training of the version. */
export function goesOnWith(spec: unknown, name: string, version: number): boolean {
  return (spec as { readonly continueFrom?: unknown } | null)?.continueFrom === `${name}/${String(version)}`;
}

async function find(reference: string, models: Pick<ModelRegistry, 'get'>): ReturnType<ModelRegistry['get']> {
  try {
    return await models.get(reference);
  } catch (error) {
    if (!isLockstepError(error, 'NOT_FOUND') && !isLockstepError(error, 'INVALID_OPTION')) throw error;
    throw refusal([{ path: PATH, message: [error.message, error.hint].filter(Boolean).join('. ') }]);
  }
}

function refusal(faults: readonly Fault[]): LockstepError {
  const count = faults.length;
  return new LockstepError('INVALID_SPEC', `the job file has ${String(count)} ${count === 1 ? 'fault' : 'faults'}`, {
    faults,
    hint: 'Mend what is listed and submit again.',
  });
}
