/** One connection to NATS as a Bus. */
import { LockstepError } from '@lockstep/core';
import { DebugEvents, ErrorCode, Events } from 'nats';
import type { Msg, NatsConnection, Status } from 'nats';
import type { Bus, BusMessage, Subscription } from '../bus.js';
import { withDeadline } from '../deadline.js';
import { checkPattern, checkSubject } from '../names.js';
import type { StatusListeners } from '../status.js';
import { closedError, toLockstepError } from './errors.js';
import type { Link } from './link.js';

const FLUSH_MILLISECONDS = 5000;

/** The part of nats.js' inside that has to be reached for; see `#cutOff`. */
interface Internals {
  readonly protocol?: {
    readonly transport?: { readonly socket?: { destroy(): void } };
    readonly lastError?: Error & { readonly code?: string };
  };
}

export class NatsBus implements Bus {
  readonly link: Link;
  readonly #connection: NatsConnection;
  readonly #label: string;
  readonly #status: StatusListeners;
  /** While the connection is lost nats.js knows no server's limit; the last one known goes on to hold. */
  #maxPayload = 0;
  /** Set while a connection is renewed. */
  #renewed: (() => void) | undefined;
  /** What was reported while the connection is lost: each attempt to come back may fail in the same way. */
  readonly #saidSinceLost = new Set<string>();

  /** `label` is control or bulk, for status messages. */
  constructor(connection: NatsConnection, label: string, status: StatusListeners, link: Link) {
    this.link = link;
    this.#connection = connection;
    this.#label = label;
    this.#status = status;
    this.#maxPayload = connection.info?.max_payload ?? 0;
    void this.#follow();
  }

  get maxPayload(): number {
    this.#maxPayload = this.#connection.info?.max_payload ?? this.#maxPayload;
    return this.#maxPayload;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#check(subject, data);
    this.#connection.publish(subject, data);
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    checkPattern(subject);
    if (this.#connection.isClosed()) throw closedError(`subscribing to ${subject}`);
    const guarded = this.#status.guard(subject, handler);
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        // An error here is a refusal of the subscription itself, which the status says too.
        if (error === null) guarded(this.#toMessage(message));
      },
    });
    return { unsubscribe: () => subscription.unsubscribe() };
  }

  async request(subject: string, data: Uint8Array, timeoutMilliseconds: number): Promise<Uint8Array> {
    this.#check(subject, data);
    const what = `an answer on ${subject}`;
    try {
      return await this.link.attempt(timeoutMilliseconds, what, async (timeout) => {
        return (await this.#connection.request(subject, data, { timeout })).data;
      });
    } catch (error) {
      throw toLockstepError(error, { what, milliseconds: timeoutMilliseconds, closed: this.#connection.isClosed() });
    }
  }

  async flush(): Promise<void> {
    const what = `NATS to take what was published (${this.#label})`;
    try {
      await this.link.attempt(FLUSH_MILLISECONDS, what, (left) => withDeadline(this.#connection.flush(), left, what));
    } catch (error) {
      throw toLockstepError(error, { what, milliseconds: FLUSH_MILLISECONDS, closed: this.#connection.isClosed() });
    }
  }

  /**
   * Connects again, with the credentials of now, once what was published has reached the server; resolves when it is
   * there. What is sent to it meanwhile is lost, and so is what it publishes. Listeners hear of it only if it takes more
   * than five seconds.
   */
  async renew(): Promise<void> {
    await this.flush();
    const back = new Promise<void>((resolve) => {
      this.#renewed = resolve;
    });
    await this.#connection.reconnect();
    try {
      await withDeadline(back, FLUSH_MILLISECONDS, `the ${this.#label} connection to be there again`);
    } catch (error) {
      this.#renewed = undefined;
      this.#status.report('disconnected', `The ${this.#label} connection to NATS is lost: it was to be renewed.`);
      throw error;
    }
    // Subscriptions are sent again, and in force when the server has answered to what follows them.
    await this.flush();
  }

  /** Sends what is still under way if the server takes it in time, and closes. */
  async close(): Promise<void> {
    if (this.#connection.isClosed()) return;
    try {
      if (this.link.connected) await withDeadline(this.#connection.flush(), 1000, 'a last flush');
    } catch {
      // The server is gone: nothing is lost that at-most-once messages promised.
    }
    await this.#connection.close();
  }

  #check(subject: string, data: Uint8Array): void {
    checkSubject(subject);
    if (this.#connection.isClosed()) throw closedError(`publishing to ${subject}`);
    if (data.length > this.maxPayload) {
      throw new LockstepError(
        'PAYLOAD_TOO_LARGE',
        `A message of ${data.length} bytes to ${subject} is over the server's limit of ${this.maxPayload}.`,
      );
    }
  }

  #toMessage(message: Msg): BusMessage {
    const { subject, data, reply } = message;
    const received = {
      ...{ subject, data },
      // When it is asked for: nats.js decodes them all for it.
      get hasHeaders() {
        return message.headers !== undefined;
      },
    };
    if (reply === undefined || reply === '') return received;
    return Object.assign(received, { respond: (answer: Uint8Array) => this.publish(reply, answer) });
  }

  async #follow(): Promise<void> {
    for await (const status of this.#connection.status()) this.#tell(status);
    const reason = await this.#connection.closed();
    if (reason) this.#status.report('error', `The ${this.#label} connection ended: ${reason.message}`);
  }

  get #lastError(): (Error & { readonly code?: string }) | undefined {
    return (this.#connection as Internals).protocol?.lastError;
  }

  /** nats.js says of each attempt to come back that the connection is lost, and as often in the end that it is there. */
  #tell(status: Status): void {
    const server = typeof status.data === 'string' ? status.data : '';
    switch (status.type) {
      case Events.Disconnect:
        if (!this.link.connected) return undefined;
        this.link.setConnected(false);
        if (this.#renewed !== undefined) return undefined;
        return this.#status.report('disconnected', `The ${this.#label} connection to NATS at ${server} is lost.`);
      case Events.Reconnect:
        if (this.link.connected) return undefined;
        this.link.setConnected(true);
        this.#saidSinceLost.clear();
        if (this.#renewed !== undefined) return this.#endRenewal();
        return this.#status.report('reconnected', `The ${this.#label} connection to NATS at ${server} is back.`);
      case Events.Error:
        return this.#tellError(status);
      case DebugEvents.StaleConnection:
        return this.#cutOff();
      default:
        return undefined;
    }
  }

  #endRenewal(): void {
    this.#renewed?.();
    this.#renewed = undefined;
  }

  #tellError(status: Status): void {
    const { operation, subject } = status.permissionContext ?? {};
    if (subject !== undefined) {
      return this.#status.report('error', `NATS does not permit ${operation} of ${subject}.`);
    }
    // The status has a code only; the server's words are kept in the protocol handler.
    if (status.data === ErrorCode.AuthenticationExpired) {
      return this.#status.report('refused', `The credential of the ${this.#label} connection has ended.`);
    }
    const words = this.#lastError?.message ?? JSON.stringify(status.data);
    if (!this.link.connected) {
      if (this.#saidSinceLost.has(words)) return undefined;
      this.#saidSinceLost.add(words);
    }
    const isRefusal = status.data === ErrorCode.AuthorizationViolation;
    const type = isRefusal ? 'refused' : /slow consumer/i.test(words) ? 'slow-consumer' : 'error';
    return this.#status.report(type, `NATS reports on the ${this.#label} connection: ${words}`);
  }

  /**
   * The server has not answered pings. nats.js 2.29 then waits for its last write to get through before it gives the
   * socket up, which on a half-open connection with data under way takes the kernel a quarter of an hour.
   */
  #cutOff(): void {
    // It also says so when it gives a connection up whose credential has ended, which the server has cut off already.
    if (this.#lastError?.code === ErrorCode.AuthenticationExpired) return;
    this.#status.report('error', `NATS does not answer on the ${this.#label} connection: connecting again.`);
    (this.#connection as Internals).protocol?.transport?.socket?.destroy();
  }
}
