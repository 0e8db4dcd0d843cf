/** The worker's way onto the bus: open as in the embedded cluster, or with a credential of its own that it enrols for. */
import { isLockstepError } from '@lockstep/core';
import {
  connectNats,
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

/** A credential is renewed when this part of its time is over, and again after each further tenth. */
const RENEW_AFTER = 2 / 3;
const RETRY_AFTER = 1 / 10;
const RETRY_MILLISECONDS = 250;
const SAY_WAITING_MILLISECONDS = 10_000;
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
  enrolment.keep(transport, seconds, events);
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
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(identity: WorkerIdentity, server: NatsOptions, joinCredentials: string, log: Logger) {
    this.identity = identity;
    this.#server = server;
    this.#joinCredentials = joinCredentials;
    this.#log = log;
  }

  /** Asks until a coordinator answers. */
  async first(): Promise<number> {
    const started = performance.now();
    let said = started;
    for (;;) {
      try {
        return await this.#join();
      } catch (error) {
        const waited = performance.now() - started;
        if (!isWorthRetrying(error, waited)) throw error;
        if (performance.now() - said >= SAY_WAITING_MILLISECONDS) {
          said = performance.now();
          this.#log.warn(`no coordinator has enrolled this worker for ${Math.round(waited / 1000)} s`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
    }
  }

  keep(transport: RenewableTransport, seconds: number, { onShutOut, onRenewed }: BusEvents): void {
    const again = (after: number): void => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => {
        this.#renew(transport).then(
          (next) => {
            if (!this.#stopped) onRenewed();
            again(next * RENEW_AFTER);
          },
          (error: unknown) => {
            if (this.#stopped) return;
            if (isLockstepError(error, 'WORKER_REFUSED')) return onShutOut(error);
            this.#log.warn({ error }, 'the credential could not be renewed');
            again(seconds * RETRY_AFTER);
          },
        );
      }, after * 1000);
    };
    again(seconds * RENEW_AFTER);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** With the credential that it renews; as at the start when that does not let in any more. */
  async #renew(transport: RenewableTransport): Promise<number> {
    const seconds = await this.#enrolAgain(transport);
    if (this.#stopped) return seconds;
    // The server would cut the connections off when the credential ends with which they came.
    await transport.renew().catch((error: unknown) => {
      this.#log.warn({ error }, 'the connections could not be renewed in order; they come back by themselves');
    });
    return seconds;
  }

  async #enrolAgain(transport: Transport): Promise<number> {
    try {
      return await this.identity.enrol(transport.control);
    } catch (error) {
      if (this.#stopped || isLockstepError(error, 'WORKER_REFUSED')) throw error;
      return this.#join();
    }
  }

  async #join(): Promise<number> {
    const transport = await connectNats({ ...this.#server, ...WorkerIdentity.joining(this.#joinCredentials) });
    try {
      return await this.identity.enrol(transport.control);
    } finally {
      await transport.close();
    }
  }
}

function isWorthRetrying(error: unknown, waited: number): boolean {
  if (isLockstepError(error, 'WORKER_REFUSED')) return waited < REFUSED_MILLISECONDS;
  return isLockstepError(error, 'UNREACHABLE') || isLockstepError(error, 'TIMEOUT');
}
