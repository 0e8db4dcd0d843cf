/** Named byte strings in a JetStream object store, in the format that the nats command reads and writes too. */
import { isLockstepError, LockstepError } from '@lockstep/core';
import type { JetStreamManager, NatsConnection, ObjectStore as NatsObjects } from 'nats';
import type { ObjectStore } from '../bus.js';
import { withDeadline } from '../deadline.js';
import { checkObjectName } from '../names.js';
import { toLockstepError } from './errors.js';
import { REQUEST_MILLISECONDS } from './key-value.js';
import type { Link } from './link.js';

/** A mebibyte a message: with a sync of every message, the default of 128 KiB would mean eight times as many syncs. */
const CHUNK_BYTES = 1024 * 1024;
/** For all acknowledgements of an object: a hundred megabytes on a slow disk. */
const PUT_MILLISECONDS = 60_000;
/** Between two pieces of an object that is read. */
const IDLE_MILLISECONDS = 10_000;

export interface ObjectStoreContext {
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly manager: JetStreamManager;
  readonly objects: NatsObjects;
  readonly store: string;
}

export class NatsObjectStore implements ObjectStore {
  readonly #context: ObjectStoreContext;

  constructor(context: ObjectStoreContext) {
    this.#context = context;
  }

  async put(name: string, data: Uint8Array): Promise<void> {
    checkObjectName(name);
    const { connection, objects } = this.#context;
    const chunk = Math.min(CHUNK_BYTES, connection.info?.max_payload ?? CHUNK_BYTES);
    await this.#attempt(`storing ${name}`, PUT_MILLISECONDS, async () => {
      const meta = { name, options: { max_chunk_size: chunk } };
      await objects.put(meta, pieces(connection, data, chunk), { timeout: PUT_MILLISECONDS });
    });
  }

  async get(name: string): Promise<Uint8Array> {
    checkObjectName(name);
    return this.#attempt(`reading ${name}`, REQUEST_MILLISECONDS, async () => {
      const info = await this.#context.objects.info(name);
      if (info === null || info.deleted) {
        throw new LockstepError('NOT_FOUND', `There is no object ${name} in the store ${this.#context.store}.`);
      }
      // nats.js waits without end for pieces that are gone, and leaves a promise unhandled if the digest is wrong.
      if ((await this.#piecesThere(info.nuid)) !== info.chunks) throw this.#damaged(name, 'pieces are missing');
      return this.#read(name, info.size);
    });
  }

  async has(name: string): Promise<boolean> {
    checkObjectName(name);
    return this.#attempt(`looking for ${name}`, REQUEST_MILLISECONDS, async () => {
      const info = await this.#context.objects.info(name);
      return info !== null && !info.deleted;
    });
  }

  /** Leaves no mark of a deletion, as nats.js would: checkpoints come and go for as long as a cluster runs. */
  async delete(name: string): Promise<void> {
    checkObjectName(name);
    const { manager, objects, store } = this.#context;
    await this.#attempt(`deleting ${name}`, REQUEST_MILLISECONDS, async () => {
      const info = await objects.info(name);
      if (info === null) return;
      const meta = `$O.${store}.M.${base64Url(name)}`;
      await manager.streams.purge(this.#stream, { filter: meta });
      await manager.streams.purge(this.#stream, { filter: `$O.${store}.C.${info.nuid}` });
    });
  }

  async list(): Promise<string[]> {
    return this.#attempt('listing', REQUEST_MILLISECONDS, async () => {
      const infos = await withDeadline(
        this.#context.objects.list(),
        REQUEST_MILLISECONDS,
        `the list of the objects in ${this.#context.store}`,
      );
      return infos.map((info) => info.name).sort();
    });
  }

  get #stream(): string {
    return `OBJ_${this.#context.store}`;
  }

  async #piecesThere(nuid: string): Promise<number> {
    const filter = `$O.${this.#context.store}.C.${nuid}`;
    const { state } = await this.#context.manager.streams.info(this.#stream, { subjects_filter: filter });
    return state.subjects?.[filter] ?? 0;
  }

  async #read(name: string, size: number): Promise<Uint8Array> {
    const result = await this.#context.objects.get(name);
    if (result === null) throw this.#damaged(name, 'it went away while it was read');
    result.error.catch(() => undefined);
    const reader = result.data.getReader();
    const bytes = new Uint8Array(size);
    let position = 0;
    try {
      for (;;) {
        const what = `the next piece of ${name}, after ${position} of ${size} bytes`;
        const { done, value } = await withDeadline(reader.read(), IDLE_MILLISECONDS, what);
        if (done) break;
        if (position + value.length > size) throw this.#damaged(name, `it is longer than its ${size} bytes`);
        bytes.set(value, position);
        position += value.length;
      }
    } catch (error) {
      reader.cancel().catch(() => undefined);
      throw this.#readError(name, error);
    }
    if (position !== size) throw this.#damaged(name, `it has ${position} of ${size} bytes`);
    return bytes;
  }

  #readError(name: string, error: unknown): unknown {
    const digests = error instanceof Error && error.message.includes('corrupt object');
    return digests && !isLockstepError(error) ? this.#damaged(name, 'its digest is another') : error;
  }

  #damaged(name: string, how: string): LockstepError {
    return new LockstepError(
      'HASH_MISMATCH',
      `The object ${name} in the store ${this.#context.store} is damaged: ${how}.`,
    );
  }

  /** `milliseconds`: for each request that the action makes; the action has deadlines of its own besides. */
  async #attempt<T>(doing: string, milliseconds: number, action: () => Promise<T>): Promise<T> {
    const { connection, link, store } = this.#context;
    const what = `JetStream's answer, ${doing} in the object store ${store}`;
    try {
      return await link.attempt(milliseconds, what, action);
    } catch (error) {
      throw toLockstepError(error, { what, milliseconds, closed: connection.isClosed() });
    }
  }
}

/** nats.js encodes names so in the subject of an object's metadata. */
function base64Url(name: string): string {
  return Buffer.from(name).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/**
 * The data piece by piece, each once the server has taken the one before: nats.js does not wait by itself, and would
 * have the whole object in its and the kernel's buffers at once, with pings stuck behind it.
 */
function pieces(connection: NatsConnection, data: Uint8Array, chunk: number): ReadableStream<Uint8Array> {
  let position = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (position > 0)
        await withDeadline(connection.flush(), REQUEST_MILLISECONDS, 'NATS to take a piece of an object');
      // One byte more than a chunk makes nats.js send what it holds, and keep the byte for the next.
      const end = Math.min(position === 0 ? chunk + 1 : position + chunk, data.length);
      if (position < end) controller.enqueue(data.subarray(position, end));
      position = end;
      if (position >= data.length) controller.close();
    },
  });
}
