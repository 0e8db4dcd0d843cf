/**
 * A messaging system in memory, for tests and for the simulator: the same promises as NATS, but every delivery is in
 * the hands of the test. Nothing in it depends on time or chance, so a run can be repeated exactly.
 */
import { LockstepError } from '@lockstep/core';
import type { BusMessage, KeyValueEntry, Transport, TransportStatus } from '../bus.js';
import { patternMatches } from '../names.js';
import { DAMAGED } from './faults.js';
import type { BusName, Delivery, Fault, StoreFault, StoreOperation } from './faults.js';
import { MemoryTransport } from './memory-transport.js';

export interface MemoryNetworkOptions {
  readonly maxPayload?: number;
  /** `microtask` delivers by itself, in order, soon after; `manual` when the test calls deliver(). */
  readonly scheduling?: 'microtask' | 'manual';
  /** Runs `action` after a time and returns what cancels it; by default real time. */
  readonly after?: (milliseconds: number, action: () => void) => () => void;
}

/** A subscription as the network sees it. */
export interface Receiver {
  readonly pattern: string;
  readonly bus: BusName;
  readonly owner: string;
  readonly handler: (message: BusMessage) => void;
  /** Publishes an answer in the owner's name. */
  readonly answer: (subject: string, data: Uint8Array) => void;
}

interface Pending extends Delivery {
  readonly receiver: Receiver;
  /** Where an answer goes to, if this is a request. */
  readonly reply: string | undefined;
  overtakenBy: number;
}

/** Overwrites what a handler was lent, to show handlers that keep a view instead of a copy. */
const SCRIBBLE = 0xdd;

export class MemoryNetwork {
  readonly maxPayload: number;
  readonly after: (milliseconds: number, action: () => void) => () => void;
  /** Decides on each delivery when the message is published. */
  fault: (delivery: Delivery) => Fault = () => 'none';
  storeFault: (operation: StoreOperation) => StoreFault = () => 'none';
  readonly #manual: boolean;
  readonly #receivers = new Set<Receiver>();
  readonly #pending: Pending[] = [];
  readonly #objects = new Map<string, Map<string, Uint8Array>>();
  readonly #values = new Map<string, Map<string, KeyValueEntry>>();
  readonly #transports = new Map<string, MemoryTransport>();
  #scheduled = false;
  #revision = 0;
  #inboxes = 0;

  constructor(options: MemoryNetworkOptions = {}) {
    this.maxPayload = options.maxPayload ?? 8 * 1024 * 1024;
    this.#manual = options.scheduling === 'manual';
    this.after = options.after ?? afterRealTime;
  }

  /** A transport of that name, which tells it apart in faults. A name can be used again once its transport is closed. */
  connect(name: string): Transport {
    if (this.#transports.has(name)) throw new LockstepError('CONFLICT', `A transport ${name} is connected already.`);
    const transport = new MemoryTransport(this, name, () => this.#transports.delete(name));
    this.#transports.set(name, transport);
    return transport;
  }

  /** Deliveries under way, in the order in which they would be made. */
  get pending(): readonly Delivery[] {
    return this.#pending;
  }

  /**
   * Makes up to `count` deliveries, or as many as there are, with those that they cause; returns how many it made.
   * With manual scheduling nothing else makes any.
   */
  deliver(count = Infinity): number {
    let made = 0;
    while (made < count && this.#deliverNext()) made += 1;
    return made;
  }

  /** Tells a transport's listeners of a status, as NATS' adapter would of a lost connection. */
  signal(name: string, status: TransportStatus): void {
    this.#transports.get(name)?.signal(status);
  }

  /** Changes a stored object behind its reader's back; the next get finds it damaged. */
  damageObject(store: string, name: string): void {
    this.objects(store).set(name, DAMAGED);
  }

  // What follows is for the transports.

  addReceiver(receiver: Receiver): () => void {
    this.#receivers.add(receiver);
    return () => this.#receivers.delete(receiver);
  }

  hasReceiver(subject: string): boolean {
    return [...this.#receivers].some(({ pattern }) => patternMatches(pattern, subject));
  }

  /** Takes a copy: the publisher may use its memory again at once. */
  publish(message: Omit<Delivery, 'to'>, reply?: string): void {
    for (const receiver of this.#receivers) {
      if (!patternMatches(receiver.pattern, message.subject)) continue;
      const delivery = { ...message, data: message.data.slice(), to: receiver.owner };
      this.#enqueue({ ...delivery, receiver, reply, overtakenBy: 0 }, this.fault(delivery));
    }
    if (!this.#manual) this.#schedule();
  }

  objects(store: string): Map<string, Uint8Array> {
    return mapIn(this.#objects, store);
  }

  values(store: string): Map<string, KeyValueEntry> {
    return mapIn(this.#values, store);
  }

  /** What all stores hold. */
  get storedBytes(): number {
    const objects = [...this.#objects.values()].flatMap((store) => [...store.values()]);
    const values = [...this.#values.values()].flatMap((store) => [...store.values()].map(({ value }) => value));
    return [...objects, ...values].reduce((sum, { length }) => sum + length, 0);
  }

  nextRevision(): number {
    this.#revision += 1;
    return this.#revision;
  }

  /** A subject for the answer to one request. */
  nextInbox(): string {
    this.#inboxes += 1;
    return `_INBOX.${this.#inboxes}`;
  }

  #enqueue(pending: Pending, fault: Fault): void {
    if (fault === 'drop') return;
    this.#pending.push(typeof fault === 'object' ? { ...pending, overtakenBy: fault.overtakenBy } : pending);
    if (fault === 'double') this.#pending.push({ ...pending, data: pending.data.slice() });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#deliverNext()) this.#schedule();
    });
  }

  #deliverNext(): boolean {
    const due = this.#pending.findIndex(({ overtakenBy }) => overtakenBy === 0);
    const index = due === -1 ? 0 : due;
    const [pending] = this.#pending.splice(index, 1);
    if (pending === undefined) return false;
    for (const overtaken of this.#pending.slice(0, index)) overtaken.overtakenBy -= 1;
    if (this.#receivers.has(pending.receiver)) this.#hand(pending);
    return true;
  }

  #hand({ subject, data, receiver, reply }: Pending): void {
    if (reply === undefined) receiver.handler({ subject, data });
    else receiver.handler({ subject, data, respond: (answer) => receiver.answer(reply, answer) });
    data.fill(SCRIBBLE);
  }
}

function mapIn<T>(maps: Map<string, Map<string, T>>, name: string): Map<string, T> {
  const map = maps.get(name) ?? new Map<string, T>();
  maps.set(name, map);
  return map;
}

function afterRealTime(milliseconds: number, action: () => void): () => void {
  const timer = setTimeout(action, milliseconds);
  return () => clearTimeout(timer);
}
