/**
 * Reads objects of a JetStream object store by direct gets, message by message. Nothing is made on the server for it (no
 * consumer), so a worker's credential can be held to exactly this. Every object is immutable and checked by its digest,
 * so it does not matter which replica answers, but for one thing: what has just been stored, not all of them have yet.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isLockstepError, LockstepError } from '@lockstep/core';
import type { Msg, NatsConnection } from 'nats';
import type { ObjectReader } from '../bus.js';
import { checkObjectName } from '../names.js';
import { toLockstepError } from './errors.js';
import { REQUEST_MILLISECONDS } from './key-value.js';
import type { Link } from './link.js';

export interface ObjectReaderContext {
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly store: string;
  /** For how long what is missing may be on its way to the replica that was asked; 0 where there is one only. */
  readonly lagMilliseconds: number;
}

/** A replica that is there has it in milliseconds; one that was started again has to catch up. */
export const LAG_MILLISECONDS = 2000;
const AGAIN_MILLISECONDS = 100;

/** The status of a direct get that found nothing. */
const MISSING = 404;

/** What nats.js writes beside the pieces, as far as it is read here. */
interface Metadata {
  readonly nuid: string;
  readonly size: number;
  readonly chunks: number;
  readonly digest: string;
}

export class NatsObjectReader implements ObjectReader {
  readonly #context: ObjectReaderContext;

  constructor(context: ObjectReaderContext) {
    this.#context = context;
  }

  async get(name: string): Promise<Uint8Array> {
    const deadline = performance.now() + this.#context.lagMilliseconds;
    for (;;) {
      try {
        return await this.#get(name);
      } catch (error) {
        const isIncomplete = isLockstepError(error, 'NOT_FOUND') || isLockstepError(error, 'HASH_MISMATCH');
        if (!isIncomplete || performance.now() >= deadline) throw error;
      }
      await delay(AGAIN_MILLISECONDS);
    }
  }

  async #get(name: string): Promise<Uint8Array> {
    const metadata = await this.metadata(name);
    if (metadata === undefined) {
      throw new LockstepError('NOT_FOUND', `There is no object ${name} in the store ${this.#context.store}.`);
    }
    return this.#pieces(name, metadata);
  }

  /** Undefined when there is no such object, or no longer. */
  async metadata(name: string): Promise<Metadata | undefined> {
    checkObjectName(name);
    const last_by_subj = `$O.${this.#context.store}.M.${base64Url(name)}`;
    const message = await this.#message(`looking for ${name}`, { last_by_subj });
    return message === undefined ? undefined : this.#parse(name, message);
  }

  #parse(name: string, message: Msg): Metadata | undefined {
    let value: Partial<Metadata> & { deleted?: unknown };
    try {
      value = message.json();
    } catch {
      throw this.#damaged(name, 'its description cannot be read');
    }
    const { nuid, size, chunks, digest, deleted } = value;
    if (deleted === true) return undefined;
    if (typeof nuid !== 'string' || typeof digest !== 'string' || !isCount(size) || !isCount(chunks)) {
      throw this.#damaged(name, 'its description is incomplete');
    }
    return { nuid, size, chunks, digest };
  }

  async #pieces(name: string, { nuid, size, chunks, digest }: Metadata): Promise<Uint8Array> {
    const next_by_subj = `$O.${this.#context.store}.C.${nuid}`;
    const bytes = new Uint8Array(size);
    const hash = createHash('sha256');
    let [position, seq] = [0, 1];
    for (let piece = 0; piece < chunks; piece++) {
      const message = await this.#message(`reading ${name}, after ${position} of ${size} bytes`, { seq, next_by_subj });
      if (message === undefined) throw this.#damaged(name, 'pieces are missing');
      if (position + message.data.length > size) throw this.#damaged(name, `it is longer than its ${size} bytes`);
      bytes.set(message.data, position);
      hash.update(message.data);
      position += message.data.length;
      seq = Number(message.headers?.get('Nats-Sequence')) + 1;
    }
    if (position !== size) throw this.#damaged(name, `it has ${position} of ${size} bytes`);
    // With or without padding, as different clients write it.
    const found = `SHA-256=${hash.digest('base64url')}`;
    if (digest.replace(/=+$/, '') !== found) throw this.#damaged(name, 'its digest is another');
    return bytes;
  }

  #damaged(name: string, how: string): LockstepError {
    return new LockstepError(
      'HASH_MISMATCH',
      `The object ${name} in the store ${this.#context.store} is damaged: ${how}.`,
    );
  }

  /** JetStream's direct get (ADR-31 of NATS): the message itself, with its sequence in a header, or a status. */
  async #message(doing: string, query: Readonly<Record<string, unknown>>): Promise<Msg | undefined> {
    const { connection, link, store } = this.#context;
    const what = `JetStream's answer, ${doing} in the object store ${store}`;
    try {
      const answer = await link.attempt(REQUEST_MILLISECONDS, what, (timeout) =>
        connection.request(`$JS.API.DIRECT.GET.${streamOf(store)}`, JSON.stringify(query), { timeout }),
      );
      const { code = 0, description = '' } = answer.headers ?? {};
      if (code === MISSING) return undefined;
      if (code !== 0) throw new LockstepError('INTERNAL', `NATS refused (${what}): ${description}.`);
      return answer;
    } catch (error) {
      throw toLockstepError(error, { what, milliseconds: REQUEST_MILLISECONDS, closed: connection.isClosed() });
    }
  }
}

/** JetStream's name of an object store's stream. */
export function streamOf(store: string): string {
  return `OBJ_${store}`;
}

/** nats.js encodes names so in the subject of an object's metadata. */
export function base64Url(name: string): string {
  return Buffer.from(name).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
