/** The model registry over the stores: indexes and records in the key-value store, files in the object store. */
import { createHash } from 'node:crypto';
import {
  LATEST,
  LockstepError,
  modelAlias,
  modelVersionSchema,
  parseModelReference,
  type ModelSummary,
  type ModelVersion,
  type PinnedModel,
} from '@lockstep/core';
import { exportLayersModel, WEIGHTS_FILE } from '@lockstep/engine';
import { BUCKETS, type ObjectStore, type Transport } from '@lockstep/transport';
import { importedModel, trainedModel, type ModelExporter, type NewModel } from './new-model.js';
import { ModelIndexes, type ModelIndex } from './model-index.js';
import type { ImportedModel, ModelRegistry, ModelWeights, TrainedModel } from './registry.js';

export class StoredModelRegistry implements ModelRegistry {
  readonly #indexes: ModelIndexes;
  readonly #objects: ObjectStore;
  readonly #exporter: ModelExporter;
  /** Versions never change. */
  readonly #known = new Map<string, ModelVersion>();
  /** One writer at a time, so that no file is cleared away between being stored and being named by a version. */
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(indexes: ModelIndexes, objects: ObjectStore, exporter: ModelExporter) {
    this.#exporter = exporter;
    this.#indexes = indexes;
    this.#objects = objects;
  }

  static async open(transport: Transport, exporter: ModelExporter = exportLayersModel): Promise<StoredModelRegistry> {
    const [keys, objects] = await Promise.all([
      transport.keyValue(BUCKETS.modelRecords),
      transport.objectStore(BUCKETS.models),
    ]);
    return new StoredModelRegistry(new ModelIndexes(keys), objects, exporter);
  }

  async register(model: TrainedModel): Promise<ModelVersion> {
    return this.#oneAtATime(() => this.#add(trainedModel(model, this.#exporter)));
  }

  async import(model: ImportedModel): Promise<ModelVersion> {
    return this.#oneAtATime(() => this.#add(importedModel(model, this.#exporter)));
  }

  async list(): Promise<readonly ModelSummary[]> {
    const indexes = await this.#indexes.all();
    return indexes
      .filter(({ versions }) => versions.length > 0)
      .map(summaryOf)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async summary(name: string): Promise<ModelSummary> {
    return summaryOf(await this.#index(name));
  }

  async versions(name: string): Promise<readonly ModelVersion[]> {
    const { versions } = await this.#index(name);
    return Promise.all(versions.map(({ version, maker }) => this.#version(name, version, maker)));
  }

  async get(reference: string): Promise<ModelVersion> {
    const parsed = parseModelReference(reference);
    if (parsed === undefined) {
      throw new LockstepError('INVALID_OPTION', `${quoted(reference)} is no reference to a model`, {
        hint: 'Write <name>, <name>/<version> or <name>/<alias>, such as mnist-cnn/latest.',
      });
    }
    const index = await this.#index(parsed.name);
    const version = typeof parsed.version === 'number' ? parsed.version : aliasIn(index, parsed.version);
    const entry = index.versions.find((candidate) => candidate.version === version);
    if (entry === undefined) throw unknownVersion(index, version);
    return this.#version(index.name, entry.version, entry.maker);
  }

  async file(model: ModelVersion, file: string): Promise<Uint8Array> {
    const entry = model.files.find(({ name }) => name === file);
    if (entry === undefined) {
      throw new LockstepError('NOT_FOUND', `a model has no file ${quoted(file)}`, {
        hint: `Files: ${model.files.map(({ name }) => name).join(', ')}.`,
      });
    }
    const bytes = await this.#objects.get(entry.sha256);
    if (createHash('sha256').update(bytes).digest('hex') === entry.sha256) return bytes;
    throw new LockstepError('HASH_MISMATCH', `${file} of model ${model.name}/${model.version} is damaged`, {
      hint: 'Train or import the model again.',
    });
  }

  async weights(reference: string): Promise<ModelWeights> {
    const model = await this.get(reference);
    const bytes = await this.file(model, WEIGHTS_FILE);
    return { model, parameters: new Float32Array(bytes.slice().buffer) };
  }

  async pin(reference: string): Promise<PinnedModel> {
    const { name, version, weightsSha256 } = await this.get(reference);
    return { name, version, weightsSha256 };
  }

  async setAlias(name: string, alias: string, version: number): Promise<void> {
    if (alias === LATEST || !modelAlias.safeParse(alias).success) {
      throw new LockstepError('INVALID_OPTION', `${quoted(alias)} cannot be set as an alias`, {
        hint: `An alias is up to 64 letters, digits, dots, dashes and underscores, no number, and not ${LATEST}.`,
      });
    }
    await this.#index(name);
    await this.#indexes.update(name, (index) => {
      if (!index.versions.some((entry) => entry.version === version)) throw unknownVersion(index, version);
      if (ownAlias(index, alias) === version) return index;
      return { ...index, aliases: { ...index.aliases, [alias]: version } };
    });
  }

  async removeAlias(name: string, alias: string): Promise<void> {
    await this.#index(name);
    await this.#indexes.update(name, (index) => {
      if (ownAlias(index, alias) === undefined) throw unknownAlias(index, alias);
      const { [alias]: _removed, ...aliases } = index.aliases;
      return { ...index, aliases };
    });
  }

  async delete(name: string, version: number): Promise<void> {
    await this.#oneAtATime(async () => {
      const model = await this.get(`${name}/${version}`);
      let maker: string | undefined;
      await this.#indexes.update(name, (index) => {
        maker = index.versions.find((entry) => entry.version === version)?.maker;
        if (maker === undefined) throw unknownVersion(index, version);
        const alias = Object.entries(index.aliases).find(([, aliased]) => aliased === version)?.[0];
        if (alias !== undefined) throw aliased(name, version, alias);
        return { ...index, versions: index.versions.filter((entry) => entry.version !== version) };
      });
      if (maker === undefined) return;
      this.#known.delete(`${name}/${maker}`);
      await this.#clear(model);
      await this.#indexes.deleteRecord(name, maker);
    });
  }

  /** Files first, then the record, then the index that makes it visible: whatever breaks off is not half there. */
  async #add({ maker, files, record }: NewModel): Promise<ModelVersion> {
    const { name } = record;
    const there = (await this.#indexes.find(name))?.versions.find((entry) => entry.maker === maker);
    if (there !== undefined) return this.#version(name, there.version, maker);
    for (const [sha256, bytes] of files) {
      if (!(await this.#objects.has(sha256))) await this.#objects.put(sha256, bytes);
    }
    await this.#indexes.writeRecord(name, maker, record);
    const index = await this.#indexes.update(name, (current) => {
      if (current.versions.some((entry) => entry.maker === maker)) return current;
      const versions = [...current.versions, { version: current.next, maker }];
      return { ...current, next: current.next + 1, versions };
    });
    const version = index.versions.find((entry) => entry.maker === maker)?.version;
    if (version === undefined) throw new LockstepError('INTERNAL', `the new version of ${name} is not in its index`);
    return this.#version(name, version, maker);
  }

  /** Deletes the files that no other version has. */
  async #clear(model: ModelVersion): Promise<void> {
    const used = new Set<string>();
    for (const { name } of await this.list()) {
      for (const { files } of await this.versions(name)) for (const { sha256 } of files) used.add(sha256);
    }
    for (const { sha256 } of model.files) if (!used.has(sha256)) await this.#objects.delete(sha256);
  }

  /** NOT_FOUND for a model without versions. */
  async #index(name: string): Promise<ModelIndex> {
    const index = await this.#indexes.find(name);
    if (index !== undefined && index.versions.length > 0) return index;
    throw new LockstepError('NOT_FOUND', `there is no model ${quoted(name)}`, {
      hint: 'lockstep model list shows the models there are.',
    });
  }

  async #version(name: string, version: number, maker: string): Promise<ModelVersion> {
    const key = `${name}/${maker}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const record = (await this.#indexes.record(name, maker)) as object;
    const model = modelVersionSchema.parse({ ...record, version });
    this.#known.set(key, model);
    return model;
  }

  #oneAtATime<T>(write: () => Promise<T>): Promise<T> {
    const done = this.#writes.then(write);
    this.#writes = done.catch(() => undefined);
    return done;
  }
}

function summaryOf({ name, versions, aliases }: ModelIndex): ModelSummary {
  const numbers = versions.map(({ version }) => version);
  return { name, latest: Math.max(...numbers), versions: numbers, aliases };
}

function aliasIn(index: ModelIndex, alias: string): number {
  const version = alias === LATEST ? summaryOf(index).latest : ownAlias(index, alias);
  if (version === undefined) throw unknownAlias(index, alias);
  return version;
}

function ownAlias({ aliases }: ModelIndex, alias: string): number | undefined {
  return Object.hasOwn(aliases, alias) ? aliases[alias] : undefined;
}

function unknownAlias({ name, aliases }: ModelIndex, alias: string): LockstepError {
  return new LockstepError('NOT_FOUND', `model ${name} has no alias ${quoted(alias)}`, {
    hint: `Aliases: ${[LATEST, ...Object.keys(aliases)].join(', ')}.`,
  });
}

function aliased(name: string, version: number, alias: string): LockstepError {
  return new LockstepError('CONFLICT', `model ${name}/${version} is what the alias ${alias} names`, {
    hint: `Point the alias to another version or remove it first: lockstep model alias ${name} ${alias} --delete.`,
  });
}

function unknownVersion({ name, versions }: ModelIndex, version: number): LockstepError {
  return new LockstepError('NOT_FOUND', `model ${name} has no version ${version}`, {
    hint: `Versions: ${versions.map((entry) => entry.version).join(', ')}.`,
  });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
