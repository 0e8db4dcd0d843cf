/** What callers hand to the job service, and how many jobs it takes. */
import { JOBS_SIDE_BY_SIDE, LockstepError, type JobState, type Principal } from '@lockstep/core';
import type { Job } from './job.js';
import type { SchedulerLimits } from './job-scheduler.js';
import type { CheckpointPointer, IdempotencyRecord } from './job-store.js';

export interface SubmitOptions {
  readonly owner: string;
  /** The same key with the same spec gives the same job. */
  readonly idempotencyKey?: string;
}

export interface ListOptions {
  readonly principal: Principal;
  readonly states?: readonly JobState[];
  /** Jobs on a page, at least 1. */
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

const QUEUE_DEFAULTS: SchedulerLimits = {
  maxRunning: 2,
  maxRunningPerOwner: JOBS_SIDE_BY_SIDE,
  maxQueued: 10_000,
  maxQueuedPerOwner: 1000,
};

/** @throws LockstepError INVALID_OPTION */
export function compileLimits(written: Partial<SchedulerLimits> = {}): SchedulerLimits {
  const limits = { ...QUEUE_DEFAULTS, ...written };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new LockstepError('INVALID_OPTION', `${name} must be a whole number from 1 on, got ${String(value)}`);
    }
  }
  if (limits.maxRunning > JOBS_SIDE_BY_SIDE) {
    const most = String(JOBS_SIDE_BY_SIDE);
    throw new LockstepError('INVALID_OPTION', `maxRunning is at most ${most}, got ${String(limits.maxRunning)}`);
  }
  return limits;
}

/** Where a job comes from. */
export interface Origin {
  readonly owner: string;
  readonly retryOf: string | null;
  readonly retriedFrom?: CheckpointPointer;
  readonly idempotency: IdempotencyRecord | null;
}

export function seesAll({ scopes }: Principal): boolean {
  return scopes.includes('admin');
}

export function conflict(job: Job, what: string): LockstepError {
  return new LockstepError('CONFLICT', `job ${job.id} is ${job.status.state}: it ${what}`);
}
