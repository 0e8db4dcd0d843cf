/** Shards by their hash: on disk between jobs, and in memory up to a limit, the least recently used going first. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LockstepError, readSafetensors } from '@lockstep/core';
import { untilReachable, type ObjectReader } from '@lockstep/transport';

export interface Shard {
  /** Rows of features, one after the other. */
  readonly x: Uint8Array | Float32Array;
  /** Class numbers (I32), or rows of targets (F32). */
  readonly y: Int32Array | Float32Array;
  readonly bytes: number;
}

export class ShardCache {
  readonly #folder: string;
  readonly #store: ObjectReader;
  readonly #limit: number;
  /** In order of use, the least recent first. */
  readonly #memory = new Map<string, Promise<Shard>>();
  /** Of those, the ones that are here, with their sizes. */
  readonly #loaded = new Map<string, number>();
  #bytes = 0;

  constructor(folder: string, store: ObjectReader, limitBytes: number) {
    this.#folder = folder;
    this.#store = store;
    this.#limit = limitBytes;
  }

  /** @throws LockstepError HASH_MISMATCH when the stored bytes are not those of the hash */
  get(sha256: string): Promise<Shard> {
    const known = this.#memory.get(sha256);
    if (known !== undefined) {
      this.#memory.delete(sha256);
      this.#memory.set(sha256, known);
      return known;
    }
    const loading = this.#load(sha256);
    this.#memory.set(sha256, loading);
    loading.catch(() => this.#memory.delete(sha256));
    return loading;
  }

  async #load(sha256: string): Promise<Shard> {
    const bytes = (await this.#fromDisk(sha256)) ?? (await this.#fromStore(sha256));
    const shard = parseShard(sha256, bytes);
    this.#loaded.set(sha256, shard.bytes);
    this.#bytes += shard.bytes;
    this.#evict(sha256);
    return shard;
  }

  /** Shards that are still being loaded are left alone: two that wait for each other's end would wait for ever. */
  #evict(keep: string): void {
    for (const sha256 of [...this.#memory.keys()]) {
      if (this.#bytes <= this.#limit) return;
      const bytes = this.#loaded.get(sha256);
      if (sha256 === keep || bytes === undefined) continue;
      this.#memory.delete(sha256);
      this.#loaded.delete(sha256);
      this.#bytes -= bytes;
    }
  }

  async #fromDisk(sha256: string): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readFile(this.#path(sha256));
      if (hashOf(bytes) === sha256) return bytes;
      // A damaged copy is thrown away and fetched again.
      await rm(this.#path(sha256), { force: true });
      return undefined;
    } catch {
      return undefined;
    }
  }

  async #fromStore(sha256: string): Promise<Uint8Array> {
    const bytes = await untilReachable(() => this.#store.get(sha256));
    if (hashOf(bytes) !== sha256) {
      throw new LockstepError('HASH_MISMATCH', `the stored shard ${sha256} has other bytes than its name says`, {
        hint: 'Import the dataset again.',
      });
    }
    await this.#keep(sha256, bytes);
    return bytes;
  }

  /** A disk that is full makes the next start slower, no more. */
  async #keep(sha256: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${this.#path(sha256)}.${String(process.pid)}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(temporary, bytes);
      await rename(temporary, this.#path(sha256));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  #path(sha256: string): string {
    return path.join(this.#folder, sha256);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parseShard(sha256: string, bytes: Uint8Array): Shard {
  const { tensors } = readSafetensors(bytes);
  const [x, y] = [tensors.get('x'), tensors.get('y')];
  const features = x?.dtype === 'U8' || x?.dtype === 'F32' ? x.data : undefined;
  if (features === undefined || (y?.dtype !== 'I32' && y?.dtype !== 'F32')) {
    throw new LockstepError('INVALID_DATASET', `shard ${sha256} has no tensors x (U8 or F32) and y (I32 or F32)`);
  }
  return { x: features, y: y.data, bytes: bytes.byteLength };
}
