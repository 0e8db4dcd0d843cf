/** Sentences for people: from where a job goes on, why it ended where it did, why it failed. */
import { isLockstepError, type JobFailure, type JobPlan } from '@lockstep/core';
import type { CheckpointPointer } from './job-store.js';
import type { ResumePoint } from '../checkpoints/checkpoint-resume.js';
import type { JobRunResult } from '../training/job-run-options.js';

/** The reason while it trains. */
export function activityFrom(resume: ResumePoint): string {
  const isPlain = resume.checkpoint === undefined && resume.faults.length === 0;
  return isPlain ? 'trains' : `trains, ${origin(resume)}`;
}

/** The reason until workers are ready. */
export function startFrom(resume: ResumePoint): string {
  return `gets the workers ready, to train ${origin(resume)}`;
}

/** The reason when the last worker is gone, in the words of the step machine. */
export function noWorkers(wanted: number): string {
  return `waits for ready workers: 0 of ${String(wanted)} (cluster.minWorkers)`;
}

function origin({ checkpoint, faults, continued, retried }: ResumePoint): string {
  const step = `step ${String(checkpoint?.position.step ?? 0)}`;
  const whose = retried === undefined ? '' : ` of ${retried}`;
  const place = continued === undefined ? `the checkpoint of ${step}${whose}` : `the end of ${continued}, ${step}`;
  const from = checkpoint === undefined ? 'from the start' : `from ${place}`;
  return faults.length === 0 ? from : `${from}; not to be used: ${faults.join('; ')}`;
}

/** Why training ended where it did. */
export function endOf({ steps, earlyStopping }: JobPlan, { position, restoredEpoch }: JobRunResult): string {
  const best = restoredEpoch === null ? '' : `; the weights are those of epoch ${String(restoredEpoch)}, the best one`;
  if (earlyStopping === null || !position.stopped || position.step === steps) return `all epochs are done${best}`;
  const epochs = position.earlyStopping.wait;
  const during = epochs === 1 ? 'in an epoch' : `in ${String(epochs)} epochs`;
  return `stopped early: ${earlyStopping.monitor} got no better ${during}${best}`;
}

/** Beside the reason while it trains: what would be lost if the coordinator ended now. */
export function checkpointWarning(error: unknown, newest: CheckpointPointer | undefined): string {
  const since = newest === undefined ? 'there is none yet' : `the newest is that of step ${String(newest.step)}`;
  return `; checkpoints cannot be stored (${failureOf(error).code}): ${since}`;
}

export function failureOf(error: unknown): JobFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (!isLockstepError(error)) return { code: 'INTERNAL', message };
  const { code, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
