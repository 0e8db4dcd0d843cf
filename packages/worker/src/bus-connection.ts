/** The worker's way onto the bus: open as in the embedded cluster, or with a credential of its own that it enrols for. */
import { isLockstepError, LockstepError } from '@lockstep/core';
import {
  connectNats,
  retryDelay,
  WorkerIdentity,
  type NatsOptions,
  type RenewableTransport,
  type Transport,
} from '@lockstep/transport';
import type { Logger } from 'pino';

export interface BusOptions {
  readonly natsUrl: string;
  readonly id: string;
  /** Text of the `.creds` file that workers of a cluster with credentials start with. */
  readonly joinCredentials?: string | undefined;
  /** PEM text of the authority that signed the server's certificate. */
  readonly natsCa?: string | undefined;
}

export interface BusConnection {
  readonly transport: Transport;
  close(): Promise<void>;
}

/** A credential is renewed when this part of its time is over. */
const RENEW_AFTER = 2 / 3;
/** … and not before this, even where the server's clock is so wrong that it takes none for long. */
const LEAST_MILLISECONDS = 2000;
/** For so long a name may be taken: by this worker's own predecessor, until it counts as lost. */
const REFUSED_MILLISECONDS = 10_000;

export interface BusEvents {
  /** A credential is not renewed, because the coordinator refuses it. */
  readonly onShutOut: (error: unknown) => void;
  /** The connections were away for a moment, in which messages were lost. */
  readonly onRenewed: () => void;
}

/** @throws LockstepError UNREACHABLE, INVALID_OPTION, WORKER_REFUSED */
export async function connectToBus(options: BusOptions, log: Logger, events: BusEvents): Promise<BusConnection> {
  const { natsUrl, id, joinCredentials, natsCa } = options;
  const server = { servers: natsUrl, name: `worker-${id}`, ...(natsCa !== undefined && { tls: { ca: natsCa } }) };
  if (joinCredentials === undefined) {
    const transport = await connectNats(server);
    return { transport, close: () => transport.close() };
  }
  const enrolment = new Enrolment(new WorkerIdentity(id), server, joinCredentials, log);
  const seconds = await enrolment.first();
  const transport = await connectNats({ ...server, ...enrolment.identity.connection });
  void enrolment.keep(transport, seconds, events);
  return {
    transport,
    close: async () => {
      // A renewal under way ends by itself, and nobody hears of it.
      enrolment.stop();
      await transport.close();
    },
  };
}

class Enrolment {
  readonly identity: WorkerIdentity;
  readonly #server: NatsOptions;
  readonly #joinCredentials: string;
  readonly #log: Logger;
  readonly #waiting: Waiting;
  /** Ends the pause that there is. */
  #wake = (): void => undefined;
  /** When the credential ends, by the monotonic clock. */
  #endsAt = 0;
  #stopped = false;

  constructor(identity: WorkerIdentity, server: NatsOptions, joinCredentials: string, log: Logger) {
    this.identity = identity;
    this.#server = server;
    this.#joinCredentials = joinCredentials;
    this.#log = log;
    this.#waiting = new Waiting(log);
  }

  /** Asks until a coordinator answers. */
  async first(): Promise<number> {
    const started = performance.now();
    return this.#join((error) => isWorthRetrying(error, performance.now() - started));
  }

  /** Renews the credential and the connections in good time, until it is stopped or refused. */
  async keep(transport: RenewableTransport, seconds: number, { onShutOut, onRenewed }: BusEvents): Promise<void> {
    let life = seconds;
    transport.onStatus(({ type }) => {
      if (type === 'refused') this.#refused();
    });
    try {
      for (;;) {
        await this.#untilDue(life);
        life = await this.#renew(transport);
        onRenewed();
      }
    } catch (error) {
      if (!this.#stopped) onShutOut(error);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Whatever this machine's clock says: it may have been suspended, or the server's may be another one's. */
  #refused(): void {
    this.#endsAt = performance.now();
    this.#wake();
  }

  async #untilDue(life: number): Promise<void> {
    const earliest = performance.now() + LEAST_MILLISECONDS;
    await this.#pause(life * RENEW_AFTER * 1000);
    while (performance.now() < earliest) await this.#pause(earliest - performance.now());
  }

  /** @throws LockstepError WORKER_REFUSED, CANCELLED; whatever else is wrong may be mended, and it goes on to ask */
  async #renew(transport: RenewableTransport): Promise<number> {
    const seconds = await this.#enrolAgain(transport);
    this.#goOn();
    // The server would cut the connections off when the credential ends with which they came.
    await transport.renew().catch((error: unknown) => {
      this.#log.warn({ error }, 'the connections could not be renewed in order; they come back by themselves');
    });
    this.#goOn();
    return seconds;
  }

  /** With the credential that it renews; as at the start when that does not let in any more. */
  async #enrolAgain(transport: Transport): Promise<number> {
    const isCurrent = (): boolean => performance.now() < this.#endsAt;
    try {
      // Where nobody answers on a connection that is there, nobody does on another one.
      const isWorth = (error: unknown): boolean => isCurrent() && isLockstepError(error, 'UNREACHABLE');
      if (isCurrent()) return await this.#patiently(() => this.#enrol(transport), isWorth);
    } catch (error) {
      if (isLockstepError(error, 'WORKER_REFUSED')) throw error;
      this.#goOn();
    }
    return this.#join((error) => !isLockstepError(error, 'WORKER_REFUSED'));
  }

  async #join(isWorth: (error: unknown) => boolean): Promise<number> {
    const options = { ...this.#server, ...WorkerIdentity.joining(this.#joinCredentials) };
    const transport = await this.#patiently(() => connectNats(options), isWorth);
    try {
      return await this.#patiently(() => this.#enrol(transport), isWorth);
    } finally {
      await transport.close();
    }
  }

  async #enrol(transport: Transport): Promise<number> {
    const seconds = await this.identity.enrol(transport.control);
    this.#endsAt = performance.now() + seconds * 1000;
    this.#waiting.over();
    return seconds;
  }

  /** Does it again, more and more rarely, while it fails in a way that is worth it. */
  async #patiently<T>(action: () => Promise<T>, isWorth: (error: unknown) => boolean): Promise<T> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if (!isWorth(error)) throw error;
        this.#goOn();
        await this.#pause(this.#waiting.failed(error));
      }
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
    this.#goOn();
  }

  /** @throws LockstepError CANCELLED once it is stopped */
  #goOn(): void {
    if (this.#stopped) throw new LockstepError('CANCELLED', 'the worker ends');
  }
}

/** The time in which no coordinator answers: says each reason once, and when it is over. */
class Waiting {
  readonly #log: Logger;
  readonly #said = new Set<string>();
  #since: number | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns milliseconds until the next try */
  failed(error: unknown): number {
    this.#since ??= performance.now();
    const reason = isLockstepError(error) ? error.code : String(error);
    if (!this.#said.has(reason)) {
      this.#said.add(reason);
      this.#log.warn({ error }, 'waiting for a coordinator that gives this worker a credential');
    }
    return retryDelay(performance.now() - this.#since);
  }

  over(): void {
    if (this.#since === undefined) return;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    this.#since = undefined;
    this.#said.clear();
    this.#log.info(`a coordinator has given this worker a credential, after ${seconds} s`);
  }
}

function isWorthRetrying(error: unknown, waited: number): boolean {
  if (isLockstepError(error, 'WORKER_REFUSED')) return waited < REFUSED_MILLISECONDS;
  return isLockstepError(error, 'UNREACHABLE') || isLockstepError(error, 'TIMEOUT');
}
