/** A process's side of a MemoryNetwork. */
import { LockstepError } from '@lockstep/core';
import type {
  Bus,
  BusMessage,
  KeyValue,
  ObjectReader,
  ObjectStore,
  StorageUsage,
  Subscription,
  Transport,
  TransportStatus,
} from '../bus.js';
import { timeoutError } from '../deadline.js';
import { checkPattern, checkStoreName, checkSubject } from '../names.js';
import { StatusListeners } from '../status.js';
import type { BusName } from './faults.js';
import { MemoryKeyValue, MemoryObjectStore } from './memory-stores.js';
import type { MemoryNetwork } from './network.js';

/** What the parts of one transport share. */
export interface MemoryClient {
  readonly network: MemoryNetwork;
  readonly name: string;
  readonly status: StatusListeners;
}

function closedError(what: string): LockstepError {
  return new LockstepError('UNREACHABLE', `The connection is closed (${what}).`);
}

class MemoryBus implements Bus {
  readonly maxPayload: number;
  readonly #client: MemoryClient;
  readonly #bus: BusName;
  readonly #subscriptions = new Set<() => void>();
  readonly #waiting = new Set<(error: LockstepError) => void>();
  #closed = false;

  constructor(client: MemoryClient, bus: BusName) {
    this.#client = client;
    this.#bus = bus;
    this.maxPayload = client.network.maxPayload;
  }

  get closed(): boolean {
    return this.#closed;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#check(subject, data);
    this.#client.network.publish({ subject, data, from: this.#client.name, bus: this.#bus });
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    checkPattern(subject);
    if (this.#closed) throw closedError(`subscribing to ${subject}`);
    const { network, name, status } = this.#client;
    const guarded = status.guard(subject, handler);
    const remove = network.addReceiver({
      pattern: subject,
      bus: this.#bus,
      owner: name,
      handler: guarded,
      answer: (reply, answer) => this.publish(reply, answer),
    });
    this.#subscriptions.add(remove);
    return {
      unsubscribe: () => {
        remove();
        this.#subscriptions.delete(remove);
      },
    };
  }

  async request(subject: string, data: Uint8Array, timeoutMilliseconds: number): Promise<Uint8Array> {
    this.#check(subject, data);
    const { network, name } = this.#client;
    if (!network.hasReceiver(subject)) {
      throw new LockstepError('UNREACHABLE', `Nobody is there to give an answer on ${subject}.`);
    }
    const inbox = network.nextInbox();
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        cancel();
        subscription.unsubscribe();
        this.#waiting.delete(fail);
        action();
      };
      const fail = (error: LockstepError): void => settle(() => reject(error));
      const cancel = network.after(timeoutMilliseconds, () =>
        fail(timeoutError(timeoutMilliseconds, `an answer on ${subject}`)),
      );
      const subscription = this.subscribe(inbox, (message) => settle(() => resolve(message.data.slice())));
      this.#waiting.add(fail);
      network.publish({ subject, data, from: name, bus: this.#bus }, inbox);
    });
  }

  async flush(): Promise<void> {
    if (this.#closed) throw closedError('flush');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const remove of this.#subscriptions) remove();
    for (const fail of this.#waiting) fail(closedError('a request was waiting'));
  }

  #check(subject: string, data: Uint8Array): void {
    checkSubject(subject);
    if (this.#closed) throw closedError(`publishing to ${subject}`);
    if (data.length > this.maxPayload) {
      throw new LockstepError(
        'PAYLOAD_TOO_LARGE',
        `A message of ${data.length} bytes to ${subject} is over the limit of ${this.maxPayload}.`,
      );
    }
  }
}

export class MemoryTransport implements Transport {
  readonly control: MemoryBus;
  readonly bulk: MemoryBus;
  readonly #client: MemoryClient;
  readonly #onClose: () => void;

  constructor(network: MemoryNetwork, name: string, onClose: () => void) {
    this.#client = { network, name, status: new StatusListeners() };
    this.control = new MemoryBus(this.#client, 'control');
    this.bulk = new MemoryBus(this.#client, 'bulk');
    this.#onClose = onClose;
  }

  async objectStore(name: string): Promise<ObjectStore> {
    checkStoreName(name);
    if (this.bulk.closed) throw closedError(`opening the object store ${name}`);
    return new MemoryObjectStore(this.#client, name, () => this.bulk.closed);
  }

  objectReader(name: string): Promise<ObjectReader> {
    return this.objectStore(name);
  }

  async keyValue(name: string): Promise<KeyValue> {
    checkStoreName(name);
    if (this.control.closed) throw closedError(`opening the key-value store ${name}`);
    return new MemoryKeyValue(this.#client, name, () => this.control.closed);
  }

  async storage(): Promise<StorageUsage> {
    if (this.control.closed) throw closedError('asking what is stored');
    return { usedBytes: this.#client.network.storedBytes, limitBytes: undefined };
  }

  onStatus(listener: (status: TransportStatus) => void): void {
    this.#client.status.add(listener);
  }

  signal({ type, message }: TransportStatus): void {
    this.#client.status.report(type, message);
  }

  async close(): Promise<void> {
    await Promise.all([this.control.close(), this.bulk.close()]);
    this.#onClose();
  }
}
