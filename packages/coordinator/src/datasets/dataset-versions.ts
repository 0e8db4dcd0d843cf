/** The manifests of all versions, as records in the key-value store and in memory: jobs are checked against them often. */
import {
  datasetManifestSchema,
  datasetName,
  datasetVersion,
  isLockstepError,
  LockstepError,
  type DatasetManifest,
} from '@lockstep/core';
import { untilReachable, type KeyValue } from '@lockstep/transport';
import { z } from 'zod';

/** Stays in place of a manifest, so that its number is not given again. */
const goneSchema = z.strictObject({ name: datasetName, version: datasetVersion, deleted: z.literal(true) });

interface Versions {
  /** Ascending. */
  readonly manifests: DatasetManifest[];
  /** The highest number that was ever given. */
  last: number;
}

export class DatasetVersions {
  readonly #records: KeyValue;
  readonly #byName = new Map<string, Versions>();

  private constructor(records: KeyValue) {
    this.#records = records;
  }

  static async open(records: KeyValue): Promise<DatasetVersions> {
    const versions = new DatasetVersions(records);
    for (const key of await records.keys()) {
      const entry = await records.get(key);
      if (entry !== undefined) versions.#restore(JSON.parse(new TextDecoder().decode(entry.value)));
    }
    return versions;
  }

  names(): string[] {
    return [...this.#byName].flatMap(([name, { manifests }]) => (manifests.length === 0 ? [] : [name]));
  }

  /** Ascending; none for a name that is not known. */
  of(name: string): readonly DatasetManifest[] {
    return [...(this.#byName.get(name)?.manifests ?? [])];
  }

  all(): DatasetManifest[] {
    return [...this.#byName.values()].flatMap(({ manifests }) => manifests);
  }

  /** Under the next number. @throws LockstepError REVISION_CONFLICT when somebody else has taken that */
  async add(written: DatasetManifest, now: Date): Promise<DatasetManifest> {
    const version = (this.#byName.get(written.name)?.last ?? 0) + 1;
    const manifest = { ...written, version, createdAt: now.toISOString() };
    await this.#create(keyOf(manifest), encode(manifest));
    this.#hold(manifest);
    return manifest;
  }

  /** A restart of the messaging system in between does no harm: the same is written again. */
  async remove({ name, version }: DatasetManifest): Promise<void> {
    const key = keyOf({ name, version });
    await untilReachable(async () => {
      const entry = await this.#records.get(key);
      if (entry === undefined)
        throw new LockstepError('NOT_FOUND', `there is no record of ${name}, version ${version}`);
      await this.#records.update(key, encode({ name, version, deleted: true }), entry.revision);
    });
    const versions = this.#versionsOf(name);
    const place = versions.manifests.findIndex((manifest) => manifest.version === version);
    if (place >= 0) versions.manifests.splice(place, 1);
  }

  /** An answer that was lost is no failure: a record with these very bytes is ours. */
  async #create(key: string, bytes: Uint8Array): Promise<void> {
    await untilReachable(async () => {
      try {
        await this.#records.update(key, bytes, 0);
      } catch (error) {
        const found = isLockstepError(error, 'REVISION_CONFLICT') ? await this.#records.get(key) : undefined;
        if (found === undefined || Buffer.compare(found.value, bytes) !== 0) throw error;
      }
    });
  }

  #restore(record: unknown): void {
    const gone = goneSchema.safeParse(record);
    if (gone.success) {
      const versions = this.#versionsOf(gone.data.name);
      versions.last = Math.max(versions.last, gone.data.version);
      return;
    }
    const manifest = datasetManifestSchema.safeParse(record);
    if (manifest.success) this.#hold(manifest.data);
  }

  #hold(manifest: DatasetManifest): void {
    const versions = this.#versionsOf(manifest.name);
    versions.manifests.push(manifest);
    versions.manifests.sort((a, b) => a.version - b.version);
    versions.last = Math.max(versions.last, manifest.version);
  }

  #versionsOf(name: string): Versions {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const versions = { manifests: [], last: 0 };
    this.#byName.set(name, versions);
    return versions;
  }
}

/** The first version has the name alone, as all had before there were versions. Keys cannot hold all dots of names. */
function keyOf({ name, version }: { readonly name: string; readonly version: number }): string {
  const key = name.replaceAll('.', '=');
  return version === 1 ? key : `${key}/${version}`;
}

function encode(record: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}
