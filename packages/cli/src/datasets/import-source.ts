/**
 * From a source to the service: shards as they are made, then the manifest that makes the version visible. An import
 * that breaks off leaves shards that nobody sees; done again, it sends only those that are not there yet.
 */
import type { LockstepClient } from '@lockstep/client';
import { isLockstepError, type DatasetManifest, type DatasetShard } from '@lockstep/core';
import { convert, type ConvertOptions, type Source } from '@lockstep/datasets';

/** Under way at a time: the next are made meanwhile, and no more than these are kept in memory. */
const UPLOADS = 2;
const AGAIN_AFTER_MILLISECONDS = 500;
/** A service that is restarted is back in seconds. */
const PATIENCE_MILLISECONDS = 60_000;

export interface Imported {
  /** As the service has it: with its version. */
  readonly manifest: DatasetManifest;
  readonly uploadedBytes: number;
  /** Of shards that the service had already. */
  readonly knownBytes: number;
}

/** @throws LockstepError INVALID_DATASET, and what the service or the connection to it has against it */
export async function importSource(client: LockstepClient, source: Source, options: ConvertOptions): Promise<Imported> {
  const uploads = new ShardUploads(client, options.name);
  const written = await convert(source, options, (shard, bytes) => uploads.add(shard, bytes));
  await uploads.end();
  const manifest = await patiently(() => client.datasets.put(written));
  return { manifest, uploadedBytes: uploads.uploadedBytes, knownBytes: uploads.knownBytes };
}

class ShardUploads {
  uploadedBytes = 0;
  knownBytes = 0;
  readonly #client: LockstepClient;
  readonly #name: string;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(client: LockstepClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** Returns when there is room for the next. */
  async add(shard: DatasetShard, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const upload = this.#upload(shard, bytes)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(upload));
    this.#running.add(upload);
    while (this.#running.size >= UPLOADS) await Promise.race(this.#running);
    this.#throwFailure();
  }

  async end(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #upload({ sha256 }: DatasetShard, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { datasets } = this.#client;
    if (await patiently(() => datasets.hasShard(this.#name, sha256))) {
      this.knownBytes += bytes.length;
      return;
    }
    await patiently(() => datasets.uploadShard(this.#name, sha256, bytes));
    this.uploadedBytes += bytes.length;
  }
}

/** Everything here may be asked for twice. */
async function patiently<T>(request: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const transient = isLockstepError(error, 'UNREACHABLE') || isLockstepError(error, 'TIMEOUT');
      if (!transient || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MILLISECONDS));
  }
}
