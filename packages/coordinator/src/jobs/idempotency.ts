/** Submissions with a key: the same key and body give the same job, however often they are sent. */
import { createHash } from 'node:crypto';
import { LockstepError } from '@lockstep/core';
import { canonicalJson } from './canonical-json.js';
import type { Job } from './job.js';
import type { IdempotencyRecord } from './job-store.js';

const MAX_KEY_LENGTH = 255;

interface Known {
  readonly bodySha256: string;
  /** Still on its way for a request that came a moment ago. */
  readonly job: Promise<Job>;
}

export class IdempotencyKeys {
  /** By owner and key: two owners may use the same key. */
  readonly #known = new Map<string, Known>();

  /** A job from the store. */
  restore(job: Job): void {
    const { owner, idempotency } = job.record;
    if (idempotency === null) return;
    const { key, bodySha256 } = idempotency;
    this.#known.set(nameOf(owner, key), { bodySha256, job: Promise.resolve(job) });
  }

  forget(job: Job): void {
    const { owner, idempotency } = job.record;
    if (idempotency !== null) this.#known.delete(nameOf(owner, idempotency.key));
  }

  /**
   * The job that was submitted with this key, or the one that `submit` makes. What fails may be tried again.
   * @throws LockstepError CONFLICT when the key came with another body
   */
  async once(owner: string, wanted: IdempotencyRecord, submit: () => Promise<Job>): Promise<Job> {
    const name = nameOf(owner, wanted.key);
    const known = this.#known.get(name);
    if (known?.bodySha256 === wanted.bodySha256) return known.job;
    if (known !== undefined) {
      throw new LockstepError('CONFLICT', 'the idempotency key was used with another body', {
        hint: 'Use a new key for a new job.',
      });
    }
    const job = submit();
    this.#known.set(name, { bodySha256: wanted.bodySha256, job });
    try {
      return await job;
    } catch (error) {
      this.#known.delete(name);
      throw error;
    }
  }
}

/** @throws LockstepError INVALID_OPTION */
export function idempotencyRecord(key: string, body: unknown): IdempotencyRecord {
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) {
    throw new LockstepError('INVALID_OPTION', `an idempotency key has 1 to ${String(MAX_KEY_LENGTH)} characters`);
  }
  return { key, bodySha256: createHash('sha256').update(canonicalJson(body)).digest('hex') };
}

function nameOf(owner: string, key: string): string {
  return JSON.stringify([owner, key]);
}
