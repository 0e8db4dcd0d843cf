/** Trained models' files in the object store, as `<job>.<file>`. */
import { LockstepError } from '@lockstep/core';
import type { ModelFile } from '@lockstep/engine';
import { BUCKETS, type ObjectStore, type Transport } from '@lockstep/transport';

const FILES = ['model.json', 'weights.bin'] as const;

export class ModelStore {
  readonly #objects: ObjectStore;

  private constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  static async open(transport: Transport): Promise<ModelStore> {
    return new ModelStore(await transport.objectStore(BUCKETS.models));
  }

  async put(job: string, files: readonly ModelFile[]): Promise<void> {
    for (const { name, bytes } of files) await this.#objects.put(`${job}.${name}`, bytes);
  }

  /** @throws LockstepError NOT_FOUND */
  async get(job: string, file: string): Promise<Uint8Array> {
    if (!FILES.some((name) => name === file)) {
      throw new LockstepError('NOT_FOUND', `a model has no file ${JSON.stringify(file)}`, {
        hint: `Files: ${FILES.join(', ')}.`,
      });
    }
    return this.#objects.get(`${job}.${file}`);
  }

  files(): readonly string[] {
    return FILES;
  }
}
