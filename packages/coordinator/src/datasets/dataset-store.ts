/**
 * Datasets: a manifest a version in the key-value store, shards in the object store under their hash. A version never
 * changes and its number is never given again. Shards belong to all manifests that name them, of any dataset.
 */
import { createHash } from 'node:crypto';
import {
  isLockstepError,
  LockstepError,
  manifestSha256,
  readSafetensors,
  type DatasetManifest,
  type DatasetPreview,
} from '@lockstep/core';
import { BUCKETS, untilReachable, type ObjectStore, type Transport } from '@lockstep/transport';
import { DatasetVersions } from './dataset-versions.js';
import { previewSample } from './preview.js';
import { checkShard, inspectShard, invalid, tensorsOf, type ShardFacts } from './shard-facts.js';

/** Uploads that go on may take so long; shards that nobody has spoken of for longer are left from one that broke off. */
const ORPHAN_MILLISECONDS = 60 * 60 * 1000;

export interface PreviewOptions {
  readonly version: number | undefined;
  readonly split: string;
  readonly limit: number;
}

export class DatasetStore {
  readonly #shards: ObjectStore;
  readonly #versions: DatasetVersions;
  readonly #now: () => number;
  readonly #opened: number;
  /** Of shards that are in the store for certain. */
  readonly #facts = new Map<string, ShardFacts>();
  /** When a shard that is to be in a manifest soon was last uploaded or asked for. */
  readonly #touched = new Map<string, number>();
  /** Manifests and clean-up one after the other: what one has found to be there, the next may not delete. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(shards: ObjectStore, versions: DatasetVersions, now: () => number) {
    this.#shards = shards;
    this.#versions = versions;
    this.#now = now;
    this.#opened = now();
  }

  /** @param now milliseconds of a clock that only goes forward */
  static async open(transport: Transport, now: () => number = () => performance.now()): Promise<DatasetStore> {
    const shards = await transport.objectStore(BUCKETS.shards);
    const versions = await DatasetVersions.open(await transport.keyValue(BUCKETS.datasets));
    const store = new DatasetStore(shards, versions, now);
    setInterval(() => void store.sweep().catch(() => undefined), ORPHAN_MILLISECONDS).unref();
    return store;
  }

  /** The newest version of each. */
  list(): DatasetManifest[] {
    return this.names().flatMap((name) => this.find(name) ?? []);
  }

  names(): string[] {
    return this.#versions.names();
  }

  /** The newest version by default. */
  find(name: string, version?: number): DatasetManifest | undefined {
    const all = this.#versions.of(name);
    return version === undefined ? all.at(-1) : all.find((manifest) => manifest.version === version);
  }

  /** @throws LockstepError NOT_FOUND */
  get(name: string, version?: number): DatasetManifest {
    const manifest = this.find(name, version);
    if (manifest !== undefined) return manifest;
    const what = version === undefined ? 'dataset' : `version ${version} of the dataset`;
    throw new LockstepError('NOT_FOUND', `there is no ${what} ${JSON.stringify(name.slice(0, 80))}`);
  }

  /** Ascending. @throws LockstepError NOT_FOUND */
  versions(name: string): readonly DatasetManifest[] {
    this.get(name);
    return this.#versions.of(name);
  }

  /** Whether an upload may leave the shard out. */
  async hasShard(sha256: string): Promise<boolean> {
    const has = this.#facts.has(sha256) || (await untilReachable(() => this.#shards.has(sha256)));
    if (has) this.#touched.set(sha256, this.#now());
    return has;
  }

  /**
   * @returns false when the shard was there already
   * @throws LockstepError HASH_MISMATCH, INVALID_DATASET
   */
  async putShard(sha256: string, bytes: Uint8Array): Promise<boolean> {
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) {
      throw new LockstepError('HASH_MISMATCH', `the body's SHA-256 is ${found}, the address says ${sha256}`, {
        hint: 'Send the shard again.',
      });
    }
    const facts = inspectShard(bytes, `shard ${sha256.slice(0, 12)}`);
    if (await this.hasShard(sha256)) return false;
    this.#touched.set(sha256, this.#now());
    await untilReachable(() => this.#shards.put(sha256, bytes));
    this.#facts.set(sha256, facts);
    return true;
  }

  /** Bytes of a shard. @throws LockstepError NOT_FOUND */
  async shard(sha256: string): Promise<Uint8Array> {
    return this.#shards.get(sha256);
  }

  /**
   * Makes a version visible, once all of its shards are there and are what the manifest says.
   * @returns what is stored; not created where the newest version is the very same
   * @throws LockstepError INVALID_DATASET, REVISION_CONFLICT
   */
  putManifest(written: DatasetManifest): Promise<{ manifest: DatasetManifest; created: boolean }> {
    return this.#inTurn(async () => {
      const newest = this.find(written.name);
      if (newest !== undefined && manifestSha256(newest) === manifestSha256(written)) {
        return { manifest: newest, created: false };
      }
      await this.#check(written);
      const manifest = await this.#versions.add(written, new Date());
      for (const sha256 of shardsOf(manifest)) this.#touched.delete(sha256);
      return { manifest, created: true };
    });
  }

  /** @throws LockstepError NOT_FOUND */
  async preview(name: string, { version, split, limit }: PreviewOptions): Promise<DatasetPreview> {
    const manifest = this.get(name, version);
    const found = Object.entries(manifest.splits).find(([key]) => key === split)?.[1];
    if (found === undefined) {
      const hint = `It has ${Object.keys(manifest.splits).join(', ')}.`;
      throw new LockstepError('NOT_FOUND', `${name} has no split ${JSON.stringify(split)}`, { hint });
    }
    const samples: DatasetPreview['samples'] = [];
    for (const { sha256, count } of found.shards) {
      if (samples.length >= limit) break;
      const { x, y } = tensorsOf(readSafetensors(await this.#shards.get(sha256)), `shard ${sha256.slice(0, 12)}`);
      const rows = { x: x.data, y: y.data, count };
      for (let place = 0; place < count && samples.length < limit; place += 1) {
        samples.push(previewSample(manifest, rows, place, samples.length));
      }
    }
    const { columns, labels, features } = manifest;
    return {
      ...{ name, version: manifest.version, split, shape: features.shape, samples },
      ...(columns === undefined ? {} : { columns: columns.map((column) => column.name) }),
      ...(labels.kind === 'values' ? { targets: labels.names } : {}),
    };
  }

  /**
   * All versions by default, and the shards that no other manifest names.
   * @param userOf the job that uses a version
   * @throws LockstepError NOT_FOUND, CONFLICT while a job uses it
   */
  delete(
    name: string,
    version: number | undefined,
    userOf: (version: number) => string | undefined,
  ): Promise<readonly number[]> {
    return this.#inTurn(async () => {
      const gone = version === undefined ? this.versions(name) : [this.get(name, version)];
      for (const { version: number } of gone) {
        const job = userOf(number);
        if (job === undefined) continue;
        throw new LockstepError('CONFLICT', `job ${job} uses version ${number} of ${name}`, {
          hint: 'Wait for its end, or cancel it.',
        });
      }
      for (const manifest of gone) await this.#versions.remove(manifest);
      const used = this.#used();
      const unused = gone.flatMap(shardsOf).filter((sha256) => !used.has(sha256) && !this.#touched.has(sha256));
      for (const sha256 of new Set(unused)) await this.#deleteShard(sha256);
      return gone.map((manifest) => manifest.version);
    });
  }

  /** Deletes what imports that broke off have left. */
  sweep(): Promise<void> {
    return this.#inTurn(async () => {
      const used = this.#used();
      const stale = this.#now() - ORPHAN_MILLISECONDS;
      for (const sha256 of await this.#shards.list()) {
        if (used.has(sha256) || (this.#touched.get(sha256) ?? this.#opened) > stale) continue;
        await this.#deleteShard(sha256);
      }
    });
  }

  async #deleteShard(sha256: string): Promise<void> {
    this.#facts.delete(sha256);
    this.#touched.delete(sha256);
    await untilReachable(() => this.#shards.delete(sha256));
  }

  #used(): Set<string> {
    return new Set(this.#versions.all().flatMap(shardsOf));
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #check(manifest: DatasetManifest): Promise<void> {
    if (Object.keys(manifest.splits).length === 0) throw invalid('the manifest has no splits');
    for (const [name, split] of Object.entries(manifest.splits)) {
      const samples = split.shards.reduce((sum, shard) => sum + shard.count, 0);
      if (samples !== split.count) throw invalid(`split ${name} says ${split.count} samples, its shards ${samples}`);
      for (const [index, shard] of split.shards.entries()) {
        const last = index === split.shards.length - 1;
        if (shard.count > manifest.rowsPerShard || (!last && shard.count !== manifest.rowsPerShard)) {
          throw invalid(`shard ${index} of split ${name} holds ${shard.count} samples, not ${manifest.rowsPerShard}`);
        }
        const where = `shard ${shard.sha256.slice(0, 12)} of split ${name}`;
        checkShard(manifest, shard, await this.#factsOf(shard.sha256, where), where);
      }
    }
  }

  /** Read again where another coordinator took the shard in. */
  async #factsOf(sha256: string, where: string): Promise<ShardFacts> {
    const known = this.#facts.get(sha256);
    if (known !== undefined) return known;
    const bytes = await untilReachable(() => this.#shards.get(sha256)).catch((error: unknown) => {
      throw isLockstepError(error, 'NOT_FOUND') ? invalid(`${where} was not uploaded`) : error;
    });
    const facts = inspectShard(bytes, where);
    this.#facts.set(sha256, facts);
    return facts;
  }
}

function shardsOf({ splits }: DatasetManifest): string[] {
  return Object.values(splits).flatMap(({ shards }) => shards.map(({ sha256 }) => sha256));
}
