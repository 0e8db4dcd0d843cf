/** All jobs in memory, in the order of their submission, for lists by page. */
import { LockstepError, type JobState, type Page, type JobStatus } from '@lockstep/core';
import type { Job } from './job.js';

export interface JobFilter {
  /** Jobs of this owner only. */
  readonly owner?: string;
  readonly states?: readonly JobState[];
}

export class JobIndex {
  readonly #byId = new Map<string, Job>();
  /** Oldest first. */
  readonly #ordered: Job[] = [];

  get all(): readonly Job[] {
    return this.#ordered;
  }

  /** A number for the next job. */
  get nextSequence(): number {
    return (this.#ordered.at(-1)?.record.sequence ?? 0) + 1;
  }

  get(id: string): Job | undefined {
    return this.#byId.get(id);
  }

  add(job: Job): void {
    this.#byId.set(job.id, job);
    this.#ordered.splice(this.#firstAfter(job.record.sequence, job.id), 0, job);
  }

  remove(job: Job): void {
    this.#byId.delete(job.id);
    const index = this.#ordered.indexOf(job);
    if (index >= 0) this.#ordered.splice(index, 1);
  }

  /**
   * Newest first. Jobs that come while someone pages through do not move the pages.
   * @throws LockstepError INVALID_OPTION for a cursor that no list has given
   */
  page({ owner, states }: JobFilter, limit: number, cursor?: string): Page<JobStatus> {
    const items: JobStatus[] = [];
    let at = cursor === undefined ? this.#ordered.length : this.#beforeCursor(cursor);
    let last: Job | undefined;
    while (at > 0) {
      const job = this.#ordered[at - 1] as Job;
      if ((owner === undefined || job.record.owner === owner) && states?.includes(job.status.state) !== false) {
        if (items.length === limit) return { items, nextCursor: last === undefined ? null : cursorOf(last) };
        items.push(job.status);
        last = job;
      }
      at -= 1;
    }
    return { items, nextCursor: null };
  }

  #beforeCursor(cursor: string): number {
    const [, sequence, id] = /^(\d{1,15})\.(j-[0-9a-z-]{1,62})$/.exec(cursor) ?? [];
    if (sequence === undefined || id === undefined) {
      throw new LockstepError(
        'INVALID_OPTION',
        `the cursor ${JSON.stringify(cursor.slice(0, 80))} is not one of this list`,
        {
          hint: 'Take nextCursor from the answer before, unchanged.',
        },
      );
    }
    return this.#firstNotBefore(Number(sequence), id);
  }

  #firstNotBefore(sequence: number, id: string): number {
    return this.#search((job) => compare(job, sequence, id) >= 0);
  }

  #firstAfter(sequence: number, id: string): number {
    return this.#search((job) => compare(job, sequence, id) > 0);
  }

  /** The first place from which on `holds` is true. */
  #search(holds: (job: Job) => boolean): number {
    let [first, end] = [0, this.#ordered.length];
    while (first < end) {
      const middle = (first + end) >>> 1;
      if (holds(this.#ordered[middle] as Job)) end = middle;
      else first = middle + 1;
    }
    return first;
  }
}

function compare(job: Job, sequence: number, id: string): number {
  const difference = job.record.sequence - sequence;
  if (difference !== 0) return difference;
  return job.id === id ? 0 : job.id < id ? -1 : 1;
}

function cursorOf(job: Job): string {
  return `${String(job.record.sequence)}.${job.id}`;
}
