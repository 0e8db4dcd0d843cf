/**
 * A map in a JetStream stream. Compare-and-set is the server's check of the last sequence of a subject; reads ask the
 * stream's leader (no direct get, which any replica answers, perhaps with what was true a moment ago).
 */
import { LockstepError } from '@lockstep/core';
import type { KV, NatsConnection } from 'nats';
import type { KeyValue, KeyValueEntry } from '../bus.js';
import { withDeadline } from '../deadline.js';
import { checkKey } from '../names.js';
import { isWrongRevision, toLockstepError } from './errors.js';
import type { Link } from './link.js';

/** For one request to JetStream, which with `sync_interval: always` waits for the disk. */
export const REQUEST_MILLISECONDS = 5000;

export class NatsKeyValue implements KeyValue {
  readonly #connection: NatsConnection;
  readonly #link: Link;
  readonly #kv: KV;
  readonly #name: string;

  constructor(connection: NatsConnection, link: Link, kv: KV, name: string) {
    this.#connection = connection;
    this.#link = link;
    this.#kv = kv;
    this.#name = name;
  }

  async get(key: string): Promise<KeyValueEntry | undefined> {
    checkKey(key);
    return this.#attempt(`reading ${key}`, async () => {
      const entry = await this.#kv.get(key);
      return entry?.operation === 'PUT' ? { value: entry.value, revision: entry.revision } : undefined;
    });
  }

  async update(key: string, value: Uint8Array, expectedRevision: number): Promise<number> {
    checkKey(key);
    return this.#attempt(`writing ${key}`, async () => {
      try {
        return await (expectedRevision === 0
          ? this.#kv.create(key, value)
          : this.#kv.update(key, value, expectedRevision));
      } catch (error) {
        if (!isWrongRevision(error)) throw error;
        const expected = expectedRevision === 0 ? 'does not exist' : `has revision ${expectedRevision}`;
        throw new LockstepError('REVISION_CONFLICT', `The key ${key} in ${this.#name} no longer ${expected}.`, {
          cause: error,
        });
      }
    });
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await this.#attempt(`deleting ${key}`, () => this.#kv.purge(key));
  }

  async keys(): Promise<string[]> {
    return this.#attempt('listing the keys', async () => {
      const found = await withDeadline(this.#collect(), REQUEST_MILLISECONDS, `the keys in ${this.#name}`);
      return found.sort();
    });
  }

  async #collect(): Promise<string[]> {
    const keys: string[] = [];
    for await (const key of await this.#kv.keys()) keys.push(key);
    return keys;
  }

  async #attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
    const what = `JetStream's answer, ${doing} in the key-value store ${this.#name}`;
    try {
      return await this.#link.attempt(REQUEST_MILLISECONDS, what, action);
    } catch (error) {
      throw toLockstepError(error, { what, milliseconds: REQUEST_MILLISECONDS, closed: this.#connection.isClosed() });
    }
  }
}
