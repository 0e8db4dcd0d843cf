/**
 * The seams between the services and the messaging system. Two adapters implement them: nats/ (the only folder that
 * imports nats) and memory/ (with faults, for tests and simulation). Both pass the same contract suite.
 */

export interface Subscription {
  unsubscribe(): void;
}

export interface BusMessage {
  readonly subject: string;
  /** Valid until the handler returns: an adapter may reuse the memory, so a receiver copies what it keeps. */
  readonly data: Uint8Array;
  /** Whether it has headers. Nothing that is published here has any: the server adds them, and stores' answers have some. */
  readonly hasHeaders?: boolean;
  /** Answers a request; absent when the message is not one. */
  readonly respond?: (data: Uint8Array) => void;
}

/** At-most-once messages, ordered per publisher and subject. Control and bulk data use a bus each. */
export interface Bus {
  /** Largest message in bytes. Publishing a larger one throws PAYLOAD_TOO_LARGE. */
  readonly maxPayload: number;
  /**
   * Sends soon after, so `data` must not change before the next turn of the event loop. What is published while the
   * connection is lost may be dropped. UNREACHABLE once the bus is closed.
   */
  publish(subject: string, data: Uint8Array): void;
  /**
   * `subject` may hold the wildcards `*` (one token) and `>` (the rest). A handler that throws is reported as a status
   * of type error; the subscription goes on. After a lost connection it is in force again by itself.
   */
  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription;
  /** The first answer; TIMEOUT after `timeoutMilliseconds`, UNREACHABLE at once when nobody listens. */
  request(subject: string, data: Uint8Array, timeoutMilliseconds: number): Promise<Uint8Array>;
  /**
   * Resolves when all that was published before has reached the server, and subscriptions are in force there. TIMEOUT
   * after five seconds, UNREACHABLE when the connection is lost meanwhile.
   */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The reading side of an object store: all that a worker may do with it. */
export interface ObjectReader {
  /** NOT_FOUND when there is no such object; HASH_MISMATCH when it is damaged. */
  get(name: string): Promise<Uint8Array>;
}

/**
 * Named byte strings, each whole or not there. Every operation may end in TIMEOUT or UNREACHABLE, and a write that does
 * may have happened all the same; repeating is the caller's business.
 */
export interface ObjectStore extends ObjectReader {
  /** Replaces an object of that name. */
  put(name: string, data: Uint8Array): Promise<void>;
  has(name: string): Promise<boolean>;
  delete(name: string): Promise<void>;
  /** In ascending order. */
  list(): Promise<string[]>;
}

export interface KeyValueEntry {
  readonly value: Uint8Array;
  readonly revision: number;
}

/**
 * A map with compare-and-set, read from the leader. Every operation may end in TIMEOUT or UNREACHABLE; after an update
 * that does, read back to learn whether it happened.
 */
export interface KeyValue {
  get(key: string): Promise<KeyValueEntry | undefined>;
  /** Writes if the key's revision is still `expectedRevision` (0: it does not exist), else REVISION_CONFLICT. */
  update(key: string, value: Uint8Array, expectedRevision: number): Promise<number>;
  delete(key: string): Promise<void>;
  /** In ascending order. */
  keys(): Promise<string[]>;
}

export interface StorageUsage {
  readonly usedBytes: number;
  /** Undefined: the disk is the limit. */
  readonly limitBytes: number | undefined;
}

/** One process's connection to the messaging system. */
export interface Transport {
  readonly control: Bus;
  readonly bulk: Bus;
  /** Opens the store of that name and makes it if need be. */
  objectStore(name: string): Promise<ObjectStore>;
  /** For reading only. Asks nothing: a store that is not there shows in the first `get`, as UNREACHABLE. */
  objectReader(name: string): Promise<ObjectReader>;
  keyValue(name: string): Promise<KeyValue>;
  /** What all stores take. TIMEOUT after two seconds. */
  storage(): Promise<StorageUsage>;
  /** Called with a sentence when the connection is lost, comes back or drops messages. */
  onStatus(listener: (status: TransportStatus) => void): void;
  close(): Promise<void>;
}

export interface TransportStatus {
  /** `refused`: the server does not accept the credential, or not any more. */
  readonly type: 'disconnected' | 'reconnected' | 'refused' | 'slow-consumer' | 'error';
  readonly message: string;
}
