/** The stores of a MemoryNetwork. Every value is copied on its way in and out, as it would be over a network. */
import { LockstepError } from '@lockstep/core';
import type { KeyValue, KeyValueEntry, ObjectStore } from '../bus.js';
import { checkKey, checkObjectName } from '../names.js';
import { DAMAGED } from './faults.js';
import type { StoreOperation } from './faults.js';
import type { MemoryClient } from './memory-transport.js';

class MemoryStore {
  readonly #client: MemoryClient;
  readonly #isClosed: () => boolean;
  protected readonly store: string;

  constructor(client: MemoryClient, store: string, isClosed: () => boolean) {
    this.#client = client;
    this.store = store;
    this.#isClosed = isClosed;
  }

  protected get network(): MemoryClient['network'] {
    return this.#client.network;
  }

  /** Does what was asked, as far as the scripted faults let it. */
  protected async perform<T>(kind: StoreOperation['kind'], name: string, action: () => T): Promise<T> {
    if (this.#isClosed()) throw new LockstepError('UNREACHABLE', `The connection is closed (${kind} ${name}).`);
    const fault = this.network.storeFault({ kind, store: this.store, name, from: this.#client.name });
    const result = fault === 'fail' ? undefined : action();
    if (fault === 'none') return result as T;
    throw new LockstepError('TIMEOUT', `Waited for the answer of ${this.store} (${kind} ${name}): a scripted fault.`);
  }
}

export class MemoryObjectStore extends MemoryStore implements ObjectStore {
  get #objects(): Map<string, Uint8Array> {
    return this.network.objects(this.store);
  }

  async put(name: string, data: Uint8Array): Promise<void> {
    checkObjectName(name);
    const copy = data.slice();
    await this.perform('put', name, () => this.#objects.set(name, copy));
  }

  async get(name: string): Promise<Uint8Array> {
    checkObjectName(name);
    return this.perform('get', name, () => {
      const data = this.#objects.get(name);
      if (data === undefined) {
        throw new LockstepError('NOT_FOUND', `There is no object ${name} in the store ${this.store}.`);
      }
      if (data === DAMAGED) {
        throw new LockstepError('HASH_MISMATCH', `The object ${name} in the store ${this.store} is damaged.`);
      }
      return data.slice();
    });
  }

  async has(name: string): Promise<boolean> {
    checkObjectName(name);
    return this.perform('has', name, () => this.#objects.has(name));
  }

  async delete(name: string): Promise<void> {
    checkObjectName(name);
    await this.perform('delete', name, () => this.#objects.delete(name));
  }

  async list(): Promise<string[]> {
    return this.perform('list', '', () => [...this.#objects.keys()].sort());
  }
}

export class MemoryKeyValue extends MemoryStore implements KeyValue {
  get #values(): Map<string, KeyValueEntry> {
    return this.network.values(this.store);
  }

  async get(key: string): Promise<KeyValueEntry | undefined> {
    checkKey(key);
    return this.perform('get', key, () => {
      const entry = this.#values.get(key);
      return entry === undefined ? undefined : { ...entry, value: entry.value.slice() };
    });
  }

  async update(key: string, value: Uint8Array, expectedRevision: number): Promise<number> {
    checkKey(key);
    const copy = value.slice();
    return this.perform('update', key, () => {
      if ((this.#values.get(key)?.revision ?? 0) !== expectedRevision) {
        const expected = expectedRevision === 0 ? 'does not exist' : `has revision ${expectedRevision}`;
        throw new LockstepError('REVISION_CONFLICT', `The key ${key} in ${this.store} no longer ${expected}.`);
      }
      const revision = this.network.nextRevision();
      this.#values.set(key, { value: copy, revision });
      return revision;
    });
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await this.perform('delete', key, () => this.#values.delete(key));
  }

  async keys(): Promise<string[]> {
    return this.perform('list', '', () => [...this.#values.keys()].sort());
  }
}
