/**
 * One record a model name: which versions there are, which job or upload made each, and the aliases. A compare-and-set
 * on it is what makes a version exist; what a version is lies under the name of its maker, written before.
 */
import { isLockstepError, LockstepError, modelAlias, modelName } from '@lockstep/core';
import type { KeyValue } from '@lockstep/transport';
import { z } from 'zod';

const indexSchema = z.object({
  name: modelName,
  /** The number that the next version gets: numbers of deleted ones are not given again. */
  next: z.number().int().min(1),
  /** In ascending order of version. */
  versions: z.array(z.object({ version: z.number().int().min(1), maker: z.string() })),
  aliases: z.record(modelAlias, z.number().int().min(1)),
});
export type ModelIndex = Readonly<z.infer<typeof indexSchema>>;

/** More conflicts in a row mean that something else is wrong. */
const TRIES = 20;

/** Keys may hold no dot that is none between two tokens, names may. */
function keyOf(name: string): string {
  return name.replaceAll('.', '=2E');
}

export class ModelIndexes {
  readonly #keys: KeyValue;

  constructor(keys: KeyValue) {
    this.#keys = keys;
  }

  async all(): Promise<ModelIndex[]> {
    const keys = await this.#keys.keys();
    const found = await Promise.all(keys.filter((key) => !key.includes('.')).map((key) => this.#readKey(key)));
    return found.map(({ index }) => index).filter((index) => index !== undefined);
  }

  async find(name: string): Promise<ModelIndex | undefined> {
    return (await this.#read(name)).index;
  }

  /**
   * Writes what `change` makes of the index, which is tried again on a newer one if somebody else has written.
   * @param change gives the same index back where there is nothing to change
   */
  async update(name: string, change: (index: ModelIndex) => ModelIndex): Promise<ModelIndex> {
    for (let attempt = 1; ; attempt += 1) {
      const { index = { name, next: 1, versions: [], aliases: {} }, revision } = await this.#read(name);
      const changed = change(index);
      if (changed === index) return index;
      try {
        await this.#keys.update(keyOf(name), new TextEncoder().encode(JSON.stringify(changed)), revision);
        return changed;
      } catch (error) {
        if (!isLockstepError(error, 'REVISION_CONFLICT') || attempt === TRIES) throw error;
      }
    }
  }

  /** What one version is, by its maker. */
  async record(name: string, maker: string): Promise<unknown> {
    const entry = await this.#keys.get(`${keyOf(name)}.${maker}`);
    if (entry === undefined)
      throw new LockstepError('NOT_FOUND', `the record of model ${name} (${maker}) is not there`);
    return JSON.parse(new TextDecoder().decode(entry.value));
  }

  /** Not visible before the index names it, so an older one of a try that broke off may be written over. */
  async writeRecord(name: string, maker: string, record: unknown): Promise<void> {
    const key = `${keyOf(name)}.${maker}`;
    const revision = (await this.#keys.get(key))?.revision ?? 0;
    try {
      await this.#keys.update(key, new TextEncoder().encode(JSON.stringify(record)), revision);
    } catch (error) {
      // Another coordinator has written it at the same time: of one maker there is one model.
      if (!isLockstepError(error, 'REVISION_CONFLICT')) throw error;
    }
  }

  async deleteRecord(name: string, maker: string): Promise<void> {
    await this.#keys.delete(`${keyOf(name)}.${maker}`);
  }

  /** Under a name that no model may have there is nothing; it might not even be a key. */
  async #read(name: string): Promise<{ readonly index?: ModelIndex; readonly revision: number }> {
    return modelName.safeParse(name).success ? this.#readKey(keyOf(name)) : { revision: 0 };
  }

  async #readKey(key: string): Promise<{ readonly index?: ModelIndex; readonly revision: number }> {
    const entry = await this.#keys.get(key);
    if (entry === undefined) return { revision: 0 };
    const index = indexSchema.parse(JSON.parse(new TextDecoder().decode(entry.value)));
    return { index, revision: entry.revision };
  }
}
