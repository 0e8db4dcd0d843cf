/** Datasets: manifests in the key-value store, shards in the object store under their hash. */
import { createHash } from 'node:crypto';
import {
  datasetManifestSchema,
  LockstepError,
  readSafetensors,
  type DatasetLabels,
  type DatasetManifest,
  type DatasetShard,
  type SafeTensor,
} from '@lockstep/core';
import { BUCKETS, type KeyValue, type ObjectStore, type Transport } from '@lockstep/transport';

export class DatasetStore {
  readonly #shards: ObjectStore;
  readonly #manifests: KeyValue;
  /** By name; the store is small, and jobs are checked against it often. */
  readonly #known = new Map<string, DatasetManifest>();

  private constructor(shards: ObjectStore, manifests: KeyValue) {
    this.#shards = shards;
    this.#manifests = manifests;
  }

  static async open(transport: Transport): Promise<DatasetStore> {
    const shards = await transport.objectStore(BUCKETS.shards);
    const manifests = await transport.keyValue(BUCKETS.datasets);
    const store = new DatasetStore(shards, manifests);
    for (const key of await manifests.keys()) {
      const entry = await manifests.get(key);
      const manifest = entry && datasetManifestSchema.safeParse(JSON.parse(new TextDecoder().decode(entry.value)));
      if (manifest?.success === true) store.#known.set(manifest.data.name, manifest.data);
    }
    return store;
  }

  list(): DatasetManifest[] {
    return [...this.#known.values()];
  }

  find(name: string): DatasetManifest | undefined {
    return this.#known.get(name);
  }

  /**
   * @returns false when the shard was there already
   * @throws LockstepError HASH_MISMATCH
   */
  async putShard(sha256: string, bytes: Uint8Array): Promise<boolean> {
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) {
      throw new LockstepError('HASH_MISMATCH', `the body's SHA-256 is ${found}, the address says ${sha256}`, {
        hint: 'Send the shard again.',
      });
    }
    if (await this.#shards.has(sha256)) return false;
    await this.#shards.put(sha256, bytes);
    return true;
  }

  /**
   * Makes the dataset visible, once all of its shards are there and are what the manifest says.
   * @returns false when the very same dataset was there already
   * @throws LockstepError INVALID_DATASET, CONFLICT
   */
  async putManifest(manifest: DatasetManifest): Promise<boolean> {
    const known = this.#known.get(manifest.name);
    if (known !== undefined) {
      if (canonical(known) === canonical(manifest)) return false;
      throw new LockstepError('CONFLICT', `there is another dataset named ${manifest.name}`, {
        hint: 'Import it under another name.',
      });
    }
    await this.#check(manifest);
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    await this.#manifests.update(manifest.name, bytes, 0);
    this.#known.set(manifest.name, manifest);
    return true;
  }

  async #check(manifest: DatasetManifest): Promise<void> {
    for (const [name, split] of Object.entries(manifest.splits)) {
      const samples = split.shards.reduce((sum, shard) => sum + shard.count, 0);
      if (samples !== split.count) throw invalid(`split ${name} says ${split.count} samples, its shards ${samples}`);
      for (const [index, shard] of split.shards.entries()) {
        const last = index === split.shards.length - 1;
        if (shard.count > manifest.rowsPerShard || (!last && shard.count !== manifest.rowsPerShard)) {
          throw invalid(`shard ${index} of split ${name} holds ${shard.count} samples, not ${manifest.rowsPerShard}`);
        }
        await this.#checkShard(manifest, name, shard);
      }
    }
  }

  async #checkShard(manifest: DatasetManifest, split: string, shard: DatasetShard): Promise<void> {
    const where = `shard ${shard.sha256.slice(0, 12)} of split ${split}`;
    if (!(await this.#shards.has(shard.sha256))) throw invalid(`${where} was not uploaded`);
    const { tensors } = readSafetensors(await this.#shards.get(shard.sha256));
    const [x, y] = [tensors.get('x'), tensors.get('y')];
    const dtype = manifest.features.dtype === 'uint8' ? 'U8' : 'F32';
    const shape = [shard.count, ...manifest.features.shape];
    if (x?.dtype !== dtype || x.shape.join() !== shape.join())
      throw invalid(`${where} has no x of ${dtype} [${shape.join()}]`);
    checkLabels(manifest.labels, shard.count, y, where);
    if (x.dtype === 'F32' && !x.data.every(Number.isFinite)) throw invalid(`${where} has values that are not finite`);
  }
}

/** Throws for `y` that is not what the labels ask for. */
function checkLabels(labels: DatasetLabels, count: number, y: SafeTensor | undefined, where: string): void {
  if (labels.kind === 'values') {
    const shape = `${count},${labels.names.length}`;
    if (y?.dtype !== 'F32' || y.shape.join() !== shape) throw invalid(`${where} has no y of F32 [${shape}]`);
    if (!y.data.every(Number.isFinite)) throw invalid(`${where} has targets that are not finite`);
    return;
  }
  if (y?.dtype !== 'I32' || y.shape.join() !== String(count)) throw invalid(`${where} has no y of I32 [${count}]`);
  const classes = labels.classNames.length;
  const wrong = y.data.find((label) => label < 0 || label >= classes);
  if (wrong !== undefined) throw invalid(`${where} has the label ${wrong}; there are ${classes} classes`);
}

function invalid(message: string): LockstepError {
  return new LockstepError('INVALID_DATASET', message, { hint: 'Import the dataset again.' });
}

/** Equal for equal manifests, whatever the order of their keys. */
function canonical(manifest: DatasetManifest): string {
  return JSON.stringify(manifest, (_key, value: unknown) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
