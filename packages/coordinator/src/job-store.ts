/** One record a job in the key-value store: the spec, the term that may commit, and the last status. */
import { isLockstepError, LockstepError, type JobStatus } from '@lockstep/core';
import { BUCKETS, type KeyValue, type Transport } from '@lockstep/transport';

/** A committed checkpoint: where its file is and what it must be. */
export interface CheckpointPointer {
  /** Name in the object store: `<job>.<term>.<step>`. */
  readonly object: string;
  readonly term: number;
  /** Updates applied to its parameters. */
  readonly step: number;
  readonly sha256: string;
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface JobRecord {
  readonly id: string;
  /** As it was planned: with every default, and the version of the dataset that was the newest then. */
  readonly spec: unknown;
  readonly owner: string;
  /** Higher ones start first. */
  readonly priority: number;
  /** Order of submission: the higher, the newer. */
  readonly sequence: number;
  readonly minWorkers: number;
  /** The job that this one repeats. */
  readonly retryOf: string | null;
  readonly idempotency: IdempotencyRecord | null;
  /** Grows with every coordinator that takes the job over. */
  readonly term: number;
  readonly status: JobStatus;
  /** The newest first; absent before the first one. */
  readonly checkpoints?: readonly CheckpointPointer[];
}

/** With which key the job was submitted, and what: the same key with another body is refused. */
export interface IdempotencyRecord {
  readonly key: string;
  readonly bodySha256: string;
}

/** A record as it was read or written last. */
export interface StoredJob {
  readonly record: JobRecord;
  readonly revision: number;
}

export class JobStore {
  readonly #records: KeyValue;

  private constructor(records: KeyValue) {
    this.#records = records;
  }

  static async open(transport: Transport): Promise<JobStore> {
    return new JobStore(await transport.keyValue(BUCKETS.jobs));
  }

  async all(): Promise<StoredJob[]> {
    const keys = await this.#records.keys();
    const stored = await Promise.all(keys.map((key) => this.#read(key)));
    return stored.filter((job) => job !== undefined);
  }

  /**
   * Writes the record if nobody has since it was read.
   * @throws LockstepError REVISION_CONFLICT when another coordinator has taken the job over
   */
  async write(record: JobRecord, revision: number): Promise<StoredJob> {
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    try {
      return { record, revision: await this.#records.update(record.id, bytes, revision) };
    } catch (error) {
      if (!isLockstepError(error, 'REVISION_CONFLICT')) throw error;
      // The answer to an earlier try may have been lost: if the store holds these very bytes, they were committed.
      const now = await this.#records.get(record.id);
      if (now !== undefined && Buffer.compare(now.value, bytes) === 0) return { record, revision: now.revision };
      throw new LockstepError('REVISION_CONFLICT', `another coordinator has taken over job ${record.id}`, {
        cause: error,
      });
    }
  }

  async delete(id: string): Promise<void> {
    await this.#records.delete(id);
  }

  async #read(key: string): Promise<StoredJob | undefined> {
    const entry = await this.#records.get(key);
    if (entry === undefined) return undefined;
    return { record: JSON.parse(new TextDecoder().decode(entry.value)) as JobRecord, revision: entry.revision };
  }
}
