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
  /** Estimated need of one thread, in bytes; absent in records of earlier versions. */
  readonly threadBytes?: number;
  /** The job that this one repeats. */
  readonly retryOf: string | null;
  /** The checkpoint of that job which this one goes on from, if it fits and is still there. */
  readonly retriedFrom?: CheckpointPointer;
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

const READ_TOGETHER = 64;

export class JobStore {
  readonly #records: KeyValue;

  private constructor(records: KeyValue) {
    this.#records = records;
  }

  static async open(transport: Transport): Promise<JobStore> {
    return new JobStore(await transport.keyValue(BUCKETS.jobs));
  }

  /** @param onDamaged is told of each record that cannot be read; the others are given all the same */
  async all(onDamaged: (key: string, error: unknown) => void = () => undefined): Promise<StoredJob[]> {
    const keys = await this.#records.keys();
    const stored: StoredJob[] = [];
    // All of ten thousand at once would pass the deadline of a read.
    for (let first = 0; first < keys.length; first += READ_TOGETHER) {
      const entries = await Promise.all(keys.slice(first, first + READ_TOGETHER).map((key) => this.#records.get(key)));
      for (const [index, entry] of entries.entries()) {
        if (entry === undefined) continue;
        try {
          stored.push({ record: parseRecord(entry.value), revision: entry.revision });
        } catch (error) {
          onDamaged(keys[first + index] ?? '', error);
        }
      }
    }
    return stored;
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
}

function parseRecord(bytes: Uint8Array): JobRecord {
  const record = JSON.parse(new TextDecoder().decode(bytes)) as Partial<JobRecord> | null;
  const { id, status, term } = record ?? {};
  if (typeof id !== 'string' || typeof status?.state !== 'string' || typeof term !== 'number') {
    throw new LockstepError('HASH_MISMATCH', 'the record of the job is damaged');
  }
  return record as JobRecord;
}
