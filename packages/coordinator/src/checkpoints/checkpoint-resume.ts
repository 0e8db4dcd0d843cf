/** Finds what a job can go on from: its newest checkpoint, or the one before if that is damaged, or its start. */
import { isLockstepError, type JobPlan } from '@lockstep/core';
import { decodeCheckpoint, type Checkpoint, type CheckpointIdentity } from './checkpoint-file.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { CheckpointPointer } from '../jobs/job-store.js';

export interface ResumePoint {
  /** undefined: the job's start. */
  readonly checkpoint: Checkpoint | undefined;
  /** The model whose training goes on, if it is the end of that. */
  readonly continued?: string;
  /** The job whose checkpoint it is, if it is another's that is tried again. */
  readonly retried?: string;
  /** What was wrong with those that were tried before. */
  readonly faults: readonly string[];
}

/** @throws LockstepError when the object store cannot be reached: that is no reason to start over */
export async function findResumePoint(
  store: Pick<CheckpointStore, 'get'>,
  job: { readonly id: string; readonly plan: JobPlan; readonly checkpoints: readonly CheckpointPointer[] },
  identity: CheckpointIdentity,
): Promise<ResumePoint> {
  const faults: string[] = [];
  for (const pointer of job.checkpoints) {
    try {
      const found = await store.get(job.id, pointer);
      faults.push(...found.faults.map((fault) => `step ${String(pointer.step)}: ${fault}`));
      return { checkpoint: await decodeCheckpoint(found.bytes, identity, job.plan), faults };
    } catch (error) {
      const damaged = isLockstepError(error, 'HASH_MISMATCH') || isLockstepError(error, 'CHECKPOINT_INVALID');
      if (!damaged) throw error;
      faults.push(`step ${String(pointer.step)}: ${error.message}`);
    }
  }
  return { checkpoint: undefined, faults };
}
