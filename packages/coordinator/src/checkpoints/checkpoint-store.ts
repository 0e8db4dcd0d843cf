/**
 * Checkpoints' files: an object in JetStream, and a copy in the coordinator's folder for the case that JetStream's is
 * damaged or gone. What a file must be says the job's record, which alone makes a checkpoint count.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isLockstepError, LockstepError } from '@lockstep/core';
import { BUCKETS, untilReachable, type Transport } from '@lockstep/transport';
import { JobObjects } from '../jobs/job-objects.js';
import type { CheckpointPointer } from '../jobs/job-store.js';

/** Where a checkpoint was found, and what was wrong with the places before. */
export interface CheckpointBytes {
  readonly bytes: Uint8Array;
  readonly faults: readonly string[];
}

export class CheckpointStore {
  readonly #objects: JobObjects;
  readonly #folder: string;

  private constructor(objects: JobObjects, folder: string) {
    this.#objects = objects;
    this.#folder = folder;
  }

  /** @param dataDir the coordinator's folder */
  static async open(transport: Transport, dataDir: string): Promise<CheckpointStore> {
    const objects = new JobObjects(await transport.objectStore(BUCKETS.checkpoints));
    return new CheckpointStore(objects, path.join(dataDir, 'checkpoints'));
  }

  /**
   * Stores a file under a name that no other file has had. The copy is not worth failing for: the sentence returned
   * says why there is none.
   * @throws LockstepError of the object store
   */
  async put(job: string, object: string, bytes: Uint8Array): Promise<string | undefined> {
    const copy = this.#putCopy(job, object, bytes).then(
      () => undefined,
      (error: unknown) => `no copy in the coordinator's folder: ${messageOf(error)}`,
    );
    await untilReachable(() => this.#objects.put(object, bytes));
    return copy;
  }

  /**
   * The file as it was written, from the object store or else from the copy.
   * @throws LockstepError HASH_MISMATCH when neither is whole; the message says why
   */
  async get(job: string, pointer: CheckpointPointer): Promise<CheckpointBytes> {
    const places = [
      ['the object store', () => untilReachable(() => this.#objects.get(pointer.object))],
      ["the coordinator's folder", () => readFile(this.#copyOf(job, pointer.object))],
    ] as const;
    const faults: string[] = [];
    for (const [place, read] of places) {
      try {
        const bytes = await read();
        if (sha256Of(bytes) === pointer.sha256) return { bytes, faults };
        faults.push(`${place}: the file has another hash`);
      } catch (error) {
        faults.push(`${place}: ${messageOf(error)}`);
      }
    }
    throw new LockstepError('HASH_MISMATCH', faults.join('; '));
  }

  async delete(job: string, objects: readonly string[]): Promise<void> {
    for (const object of objects) {
      await this.#objects.delete(object);
      await rm(this.#copyOf(job, object), { force: true });
    }
  }

  /** Deletes all of a job that no coordinator can take up any more, except `kept`; also what never was committed. */
  async sweep(job: string, kept: readonly string[] = []): Promise<void> {
    await this.#objects.sweep(job, kept);
    if (kept.length === 0) {
      await rm(path.join(this.#folder, job), { recursive: true, force: true });
      return;
    }
    const keptFiles = kept.map((object) => path.basename(this.#copyOf(job, object)));
    for (const file of await filesOf(path.join(this.#folder, job))) {
      if (!keptFiles.includes(file)) await rm(path.join(this.#folder, job, file), { force: true });
    }
  }

  /**
   * Sweeps all jobs that are over.
   * @param keptOf what stays of a job that is over; undefined for one that is not, or is not known
   */
  async clearUp(keptOf: (job: string) => readonly string[] | undefined): Promise<void> {
    const jobs = await untilReachable(() => this.#objects.jobs());
    for (const job of new Set([...jobs, ...(await filesOf(this.#folder))])) {
      const kept = keptOf(job);
      if (kept !== undefined) await this.sweep(job, kept);
    }
  }

  #copyOf(job: string, object: string): string {
    return path.join(this.#folder, job, `${object}.safetensors`);
  }

  /** Whole or not there: the file gets its name when its bytes are on the disk. */
  async #putCopy(job: string, object: string, bytes: Uint8Array): Promise<void> {
    const place = this.#copyOf(job, object);
    await mkdir(path.dirname(place), { recursive: true });
    const unfinished = `${place}.${randomUUID()}`;
    try {
      const file = await open(unfinished, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, place);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function messageOf(error: unknown): string {
  if (isLockstepError(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
