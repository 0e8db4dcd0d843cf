/** Where a term of a job begins, what its checkpoints belong to, and what a job that ends leaves for a longer one. */
import { createHash } from 'node:crypto';
import { continuedPosition, decidingSpec } from '@lockstep/core';
import { UPDATE_KEY, type ModelFile } from '@lockstep/engine';
import { untilReachable } from '@lockstep/transport';
import { canonicalJson } from '../jobs/canonical-json.js';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type CheckpointIdentity,
} from '../checkpoints/checkpoint-file.js';
import { findResumePoint, type ResumePoint } from '../checkpoints/checkpoint-resume.js';
import type { CheckpointStore } from '../checkpoints/checkpoint-store.js';
import type { CompiledJob } from '../compile/compile-thread.js';
import type { Job } from '../jobs/job.js';
import { TRAINING_STATE_FILE, trainingStateOf } from '../models/continued-model.js';
import type { ModelRegistry } from '../models/registry.js';

/** What the weights depend on, besides where training stands. */
export function identityOf({ plan }: Job, { canary, graphs }: CompiledJob): CheckpointIdentity {
  return {
    jobSha256: createHash('sha256')
      .update(canonicalJson(decidingSpec(plan.spec)))
      .digest('hex'),
    datasetSha256: plan.data.sha256,
    canary,
    updateSha256: graphs.find(({ key }) => key === UPDATE_KEY)?.sha256 ?? '',
  };
}

/**
 * The newest checkpoint; without one, that of the job which is tried again, the end of the training that the job goes on
 * with, or its own start.
 * @throws LockstepError CHECKPOINT_INVALID, NOT_FOUND, HASH_MISMATCH when it cannot go on with that training
 */
export async function findStart(
  job: Job,
  identity: CheckpointIdentity,
  stores: { readonly checkpoints: CheckpointStore; readonly models: Pick<ModelRegistry, 'get' | 'file'> },
): Promise<ResumePoint> {
  const own = await findResumePoint(stores.checkpoints, job, identity);
  const resume = own.checkpoint === undefined ? await retriedPoint(job, identity, stores.checkpoints, own) : own;
  const { continueFrom } = job.plan;
  if (resume.checkpoint !== undefined || continueFrom === null) return resume;
  const bytes = await untilReachable(() => trainingStateOf(continueFrom, stores.models));
  const ended = await decodeCheckpoint(bytes, identity, job.plan);
  const checkpoint = { ...ended, position: continuedPosition(ended.position) };
  return { ...resume, checkpoint, continued: continueFrom };
}

/** Where the job that is tried again was, if this one has that from the retry and it fits. */
async function retriedPoint(
  { plan, record }: Job,
  identity: CheckpointIdentity,
  checkpoints: CheckpointStore,
  own: ResumePoint,
): Promise<ResumePoint> {
  const { retryOf, retriedFrom } = record;
  if (retryOf === null || retriedFrom === undefined) return own;
  const found = await findResumePoint(checkpoints, { id: retryOf, plan, checkpoints: [retriedFrom] }, identity);
  return { ...found, retried: retryOf, faults: [...own.faults, ...found.faults] };
}

/** The file that a longer job goes on from. */
export async function trainingStateFile(
  state: Checkpoint,
  identity: CheckpointIdentity,
  term: number,
): Promise<ModelFile> {
  return { name: TRAINING_STATE_FILE, bytes: (await encodeCheckpoint(state, identity, term)).bytes };
}
