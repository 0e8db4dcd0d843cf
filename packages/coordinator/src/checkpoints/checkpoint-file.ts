/**
 * A checkpoint as a safetensors file: parameters, the optimiser's state and the best weights as tensors; the position
 * and what the file belongs to as metadata. Reading trusts nothing, and refuses a file of another job, other data or
 * another machine, since training would go on to other bits with it.
 */
import { webcrypto } from 'node:crypto';
import {
  fitsRules,
  isLockstepError,
  LockstepError,
  readSafetensors,
  trainingPositionSchema,
  trainingRules,
  writeSafetensors,
  type JobPlan,
  type SafeTensor,
  type SafetensorsFile,
  type TrainingPosition,
} from '@lockstep/core';
import type { ParameterSnapshot } from '@lockstep/engine';

/** All that the rest of a job depends on. */
export interface Checkpoint {
  readonly parameters: ParameterSnapshot;
  readonly position: TrainingPosition;
  /** The best epoch's parameters, if they are kept. */
  readonly best: Float32Array | undefined;
}

/** What a checkpoint belongs to. */
export interface CheckpointIdentity {
  /** Of the job's plan as far as it decides the weights. */
  readonly jobSha256: string;
  readonly datasetSha256: string;
  /** What the coordinator computes on a made-up slice, and the update graph: others would go on to other bits. */
  readonly canary: string;
  readonly updateSha256: string;
}

const FORMAT = 'lockstep-checkpoint-1';
const SLOT = 'state.';

/** In a thread of Node's own pool. */
async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

export interface EncodedCheckpoint {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
}

export async function encodeCheckpoint(
  { parameters, position, best }: Checkpoint,
  identity: CheckpointIdentity,
  term: number,
): Promise<EncodedCheckpoint> {
  const metadata: Record<string, string> = {
    format: FORMAT,
    ...identity,
    step: String(parameters.step),
    term: String(term),
    weightsSha256: await hashOf(bytesOf(parameters.parameters)),
    position: JSON.stringify(position),
  };
  const tensors: [string, SafeTensor][] = [
    ['parameters', tensorOf(parameters.parameters)],
    ...[...parameters.slots].map(([name, data]): [string, SafeTensor] => [SLOT + name, tensorOf(data)]),
    ...(best === undefined ? [] : [['best', tensorOf(best)] satisfies [string, SafeTensor]]),
  ];
  const bytes = writeSafetensors(tensors, Object.entries(metadata));
  return { bytes, sha256: await hashOf(bytes) };
}

/** @throws LockstepError CHECKPOINT_INVALID with what is wrong */
export async function decodeCheckpoint(
  bytes: Uint8Array,
  identity: CheckpointIdentity,
  plan: JobPlan,
): Promise<Checkpoint> {
  const file = read(bytes);
  const value = (key: string): string => file.metadata.get(key) ?? '';
  if (value('format') !== FORMAT) throw invalid('it has another format');
  for (const [key, expected] of Object.entries(identity)) {
    if (value(key) !== expected) throw invalid(`it was made with another ${WHAT[key as keyof CheckpointIdentity]}`);
  }
  const position = positionOf(value('position'), plan);
  const parameters = vector(file, 'parameters', plan.model.parameters);
  const weights = await hashOf(bytesOf(parameters));
  if (weights !== value('weightsSha256')) throw invalid('its parameters have another hash');
  const names = [...file.tensors.keys()].filter((name) => name.startsWith(SLOT));
  const slots = new Map(names.map((name) => [name.slice(SLOT.length), vector(file, name, plan.model.parameters)]));
  const best = file.tensors.has('best') ? vector(file, 'best', plan.model.parameters) : undefined;
  return { parameters: { step: position.step, parameters, slots }, position, best };
}

const WHAT: Readonly<Record<keyof CheckpointIdentity, string>> = {
  jobSha256: 'job file',
  datasetSha256: 'dataset',
  canary: 'processor or TensorFlow',
  updateSha256: 'update graph',
};

function read(bytes: Uint8Array): SafetensorsFile {
  try {
    return readSafetensors(bytes);
  } catch (error) {
    throw invalid(isLockstepError(error) ? error.message : 'it cannot be read');
  }
}

function positionOf(json: string, plan: JobPlan): TrainingPosition {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid('its position is no JSON');
  }
  const result = trainingPositionSchema.safeParse(value);
  if (!result.success) throw invalid('its position is not one');
  if (!fitsRules(trainingRules(plan), result.data)) throw invalid('its position is none of this job');
  return result.data;
}

function vector(file: SafetensorsFile, name: string, length: number): Float32Array {
  const tensor = file.tensors.get(name);
  if (tensor?.dtype !== 'F32' || tensor.data.length !== length) throw invalid(`its tensor ${name} has another size`);
  return tensor.data;
}

function tensorOf(data: Float32Array): SafeTensor {
  return { dtype: 'F32', shape: [data.length], data };
}

/** A copy where the vector lies in memory of another kind. */
function bytesOf(vector: Float32Array): Uint8Array<ArrayBuffer> {
  const own = vector.buffer instanceof ArrayBuffer ? vector : vector.slice();
  return new Uint8Array(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength);
}

function invalid(what: string): LockstepError {
  return new LockstepError('CHECKPOINT_INVALID', `the checkpoint cannot be used: ${what}`);
}
