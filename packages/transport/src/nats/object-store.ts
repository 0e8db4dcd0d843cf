/** Named byte strings in a JetStream object store, in the format that the nats command reads and writes too. */
import type { JetStreamManager, NatsConnection, ObjectStore as NatsObjects } from 'nats';
import type { ObjectStore } from '../bus.js';
import { withDeadline } from '../deadline.js';
import { checkObjectName } from '../names.js';
import { toLockstepError } from './errors.js';
import { REQUEST_MILLISECONDS } from './key-value.js';
import { base64Url, NatsObjectReader, streamOf, type ObjectReaderContext } from './object-reader.js';

/** A mebibyte a message: with a sync of every message, the default of 128 KiB would mean eight times as many syncs. */
const CHUNK_BYTES = 1024 * 1024;
/** For all acknowledgements of an object: a hundred megabytes on a slow disk. */
const PUT_MILLISECONDS = 60_000;

export interface ObjectStoreContext extends ObjectReaderContext {
  readonly manager: JetStreamManager;
  readonly objects: NatsObjects;
}

export class NatsObjectStore implements ObjectStore {
  readonly #context: ObjectStoreContext;
  readonly #reader: NatsObjectReader;

  constructor(context: ObjectStoreContext) {
    this.#context = context;
    this.#reader = new NatsObjectReader(context);
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

  get(name: string): Promise<Uint8Array> {
    return this.#reader.get(name);
  }

  async has(name: string): Promise<boolean> {
    return (await this.#reader.metadata(name)) !== undefined;
  }

  /** Leaves no mark of a deletion, as nats.js would: checkpoints come and go for as long as a cluster runs. */
  async delete(name: string): Promise<void> {
    checkObjectName(name);
    const { manager, objects, store } = this.#context;
    await this.#attempt(`deleting ${name}`, REQUEST_MILLISECONDS, async () => {
      const info = await objects.info(name);
      if (info === null) return;
      const meta = `$O.${store}.M.${base64Url(name)}`;
      await manager.streams.purge(streamOf(store), { filter: meta });
      await manager.streams.purge(streamOf(store), { filter: `$O.${store}.C.${info.nuid}` });
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
