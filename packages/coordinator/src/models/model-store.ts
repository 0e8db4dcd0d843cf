/** The model that a job made, by the job: its files as the registry has them. */
import { LockstepError } from '@lockstep/core';
import { LAYERS_MODEL_FILES } from '@lockstep/engine';
import type { Transport } from '@lockstep/transport';
import type { ModelRegistry } from './registry.js';
import { StoredModelRegistry } from './stored-model-registry.js';

export class ModelStore {
  readonly registry: ModelRegistry;

  private constructor(registry: ModelRegistry) {
    this.registry = registry;
  }

  static async open(transport: Transport): Promise<ModelStore> {
    return new ModelStore(await StoredModelRegistry.open(transport));
  }

  /** @throws LockstepError NOT_FOUND */
  async get(job: string, file: string): Promise<Uint8Array> {
    const model = await this.registry.ofJob(job);
    if (model === undefined) throw new LockstepError('NOT_FOUND', `job ${job} has made no model`);
    return this.registry.file(model, file);
  }

  files(): readonly string[] {
    return LAYERS_MODEL_FILES;
  }
}
