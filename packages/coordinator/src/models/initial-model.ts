/**
 * `model.initialWeights`: the model that a job starts from. When the job is submitted the reference is replaced by the
 * version and its weights' hash, so that the job's bits depend neither on an alias nor on what `latest` is later.
 */
import {
  formatPinnedModel,
  isLockstepError,
  LockstepError,
  parsePinnedModel,
  planModel,
  transferFaults,
  transferWeights,
  type Fault,
  type JobPlan,
  type ModelPlan,
  type ModelVersion,
  type PinnedModel,
} from '@lockstep/core';
import type { ModelRegistry } from './registry.js';

type Models = Pick<ModelRegistry, 'get' | 'weights'>;

const PATH = 'model.initialWeights';

/**
 * Plans a job with its initial model found, pinned and held against the job's layers.
 * @param plan throws INVALID_SPEC with every fault that it finds
 * @throws LockstepError INVALID_SPEC with those, and with what is wrong about the initial model
 */
export async function planPinned(spec: unknown, models: Models, plan: (spec: unknown) => JobPlan): Promise<JobPlan> {
  const reference = referenceIn(spec);
  if (reference === undefined) return plan(spec);
  const found = await find(reference, models);
  if ('fault' in found) throw withFault(found.fault, spec, plan);
  const { model } = found;
  const planned = plan(withReference(spec, formatPinnedModel(model)));
  const faults = transferFaults(planned.model, planOf(model), `${model.name}/${model.version}`);
  if (faults.length > 0) throw refusal(faults);
  return planned;
}

/**
 * What training starts from.
 * @param drawn all weights as the seed has them
 * @throws LockstepError NOT_FOUND, HASH_MISMATCH when the model is not what the job was submitted with
 */
export async function startingWeights(
  { initialWeights, model }: JobPlan,
  drawn: Float32Array,
  models: Models,
): Promise<Float32Array> {
  if (initialWeights === null) return drawn;
  const { name, version, weightsSha256 } = pinOf(initialWeights);
  const base = await models.weights(`${name}/${version}`);
  if (base.model.weightsSha256 !== weightsSha256) throw otherWeights(name, version, weightsSha256);
  return transferWeights(model, drawn, planOf(base.model), base.parameters);
}

/** Whether a job that was submitted starts from the version. */
export function startsFrom(spec: unknown, name: string, version: number): boolean {
  const pin = parsePinnedModel(referenceIn(spec) ?? '');
  return pin?.name === name && pin.version === version;
}

async function find(
  reference: string,
  models: Models,
): Promise<{ readonly model: ModelVersion } | { readonly fault: Fault }> {
  const pin = parsePinnedModel(reference);
  try {
    const model = await models.get(pin === undefined ? reference : `${pin.name}/${pin.version}`);
    if (pin === undefined || pin.weightsSha256 === model.weightsSha256) return { model };
    const { message } = otherWeights(pin.name, pin.version, pin.weightsSha256);
    return { fault: { path: PATH, message } };
  } catch (error) {
    if (isLockstepError(error, 'NOT_FOUND') || isLockstepError(error, 'INVALID_OPTION')) {
      const hint = error.hint === undefined ? '' : `. ${error.hint}`;
      return { fault: { path: PATH, message: `${error.message}${hint}` } };
    }
    throw error;
  }
}

/** The fault together with all others of the job, so that a person mends everything in one go. */
function withFault(fault: Fault, spec: unknown, plan: (spec: unknown) => JobPlan): LockstepError {
  try {
    plan(spec);
  } catch (error) {
    if (!isLockstepError(error, 'INVALID_SPEC')) throw error;
    return refusal([...error.faults.filter(({ path }) => path !== PATH), fault]);
  }
  return refusal([fault]);
}

function refusal(faults: readonly Fault[]): LockstepError {
  const count = faults.length;
  return new LockstepError('INVALID_SPEC', `the job file has ${count} ${count === 1 ? 'fault' : 'faults'}`, {
    faults,
    hint: 'Mend what is listed and submit again.',
  });
}

/** undefined also for what is no reference: planning says what is wrong with it. */
function referenceIn(spec: unknown): string | undefined {
  const reference = property(property(spec, 'model'), 'initialWeights');
  return typeof reference === 'string' && reference.includes('/') ? reference : undefined;
}

function withReference(spec: unknown, initialWeights: string): unknown {
  return { ...(spec as object), model: { ...(property(spec, 'model') as object), initialWeights } };
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function pinOf(reference: string): PinnedModel {
  const pin = parsePinnedModel(reference);
  if (pin === undefined) throw new LockstepError('INTERNAL', `the initial weights ${reference} were never pinned`);
  return pin;
}

function planOf({ name, version, layers, features }: ModelVersion): ModelPlan {
  const planned = planModel(layers, features.shape);
  if (planned.ok) return planned.model;
  throw new LockstepError('INVALID_MODEL', `model ${name}/${version} can no longer be planned`, {
    faults: planned.faults,
  });
}

function otherWeights(name: string, version: number, wanted: string): LockstepError {
  return new LockstepError(
    'HASH_MISMATCH',
    `model ${name}/${version} does not have the weights ${wanted.slice(0, 12)}…`,
  );
}
