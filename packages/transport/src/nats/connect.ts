/** A process's connection to NATS: two connections, one for control and one for bulk data, and the stores. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { LockstepError } from '@lockstep/core';
import { connect, credsAuthenticator, jwtAuthenticator, nkeyAuthenticator, StorageType } from 'nats';
import type { ConnectionOptions, JetStreamClient, NatsConnection, TlsOptions } from 'nats';
import type { KeyValue, ObjectReader, ObjectStore, StorageUsage, Transport, TransportStatus } from '../bus.js';
import { checkStoreName } from '../names.js';
import { retryDelay } from '../patience.js';
import { StatusListeners } from '../status.js';
import { connectError } from './connect-error.js';
import { toLockstepError } from './errors.js';
import { NatsKeyValue, REQUEST_MILLISECONDS } from './key-value.js';
import { Link } from './link.js';
import { NatsBus } from './nats-bus.js';
import { LAG_MILLISECONDS, NatsObjectReader, streamOf } from './object-reader.js';
import { NatsObjectStore } from './object-store.js';
import { keepReplicas, type Replicas } from './replicas.js';
import { storageUsage } from './storage-usage.js';

export interface NatsOptions {
  /** Such as nats://127.0.0.1:4222; of a cluster several, with commas between. */
  readonly servers: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly credentials?: NatsCredentials;
  readonly tls?: { readonly ca: string };
  /** Where answers to requests go; by default `_INBOX`. A worker's credential lets it listen to its own only. */
  readonly inboxPrefix?: string;
  /** How long to go on trying while no server is there yet; by default the first failure is final. */
  readonly waitMilliseconds?: number;
  /** Between the pings that test a connection; it is given up at the third that finds two unanswered. Default 5000. */
  readonly pingMilliseconds?: number;
  /** Copies of the stores that are opened; a store that is there stays as it is when absent. */
  readonly replicas?: Replicas;
}

export type NatsCredentials =
  | { readonly type: 'nkey'; readonly seed: string }
  | { readonly type: 'password'; readonly user: string; readonly password: string }
  | { readonly type: 'token'; readonly token: string }
  /** The text of a `.creds` file. */
  | { readonly type: 'creds'; readonly text: string }
  /** Asked for at every connection and reconnection: it is renewed before it ends. */
  | { readonly type: 'jwt'; readonly jwt: () => string; readonly seed: Uint8Array };

export interface RenewableTransport extends Transport {
  /**
   * Connects again, one connection after the other, so that the server knows the credential of now and not the one that
   * will end. @throws LockstepError TIMEOUT or UNREACHABLE: the connections come back by themselves then
   */
  renew(): Promise<void>;
}

const RETRY_MILLISECONDS = 250;
const PING_MILLISECONDS = 5000;

/**
 * @throws LockstepError UNREACHABLE when no server answers in time; NATS_REFUSED when it does not let us in,
 * NATS_NOT_TRUSTED when it is not the right one; INVALID_OPTION for what is no credential or no certificate
 */
export async function connectNats(options: NatsOptions): Promise<RenewableTransport> {
  if (options.tls !== undefined) checkCertificate(options.tls.ca);
  const deadline = performance.now() + (options.waitMilliseconds ?? 0);
  for (;;) {
    try {
      return await connectBoth(options);
    } catch (error) {
      const failure = connectError(error, options);
      if (failure.code !== 'UNREACHABLE' || performance.now() >= deadline) throw failure;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
}

async function connectBoth(options: NatsOptions): Promise<RenewableTransport> {
  const control = await connectOne(options, 'control');
  try {
    return new NatsTransport(control, await connectOne(options, 'bulk'), options.replicas);
  } catch (error) {
    await control.connection.close();
    throw error;
  }
}

interface LinkedConnection {
  readonly connection: NatsConnection;
  readonly link: Link;
}

async function connectOne(options: NatsOptions, label: string): Promise<LinkedConnection> {
  const link = new Link();
  return { connection: await connect(connectionOptions(options, label, link)), link };
}

function connectionOptions(options: NatsOptions, label: string, link: Link): ConnectionOptions {
  const servers = serversOf(options);
  const tls: TlsOptions | undefined = options.tls && { ...options.tls, ...checkingIdentity(servers) };
  return {
    servers,
    name: `${options.name}-${label}`,
    ...authentication(options.credentials),
    ...(tls === undefined ? {} : { tls }),
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
    // For one attempt: short, so that the end of a network partition is noticed soon.
    timeout: 3000,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: () => retryDelay(link.awayMilliseconds),
    pingInterval: options.pingMilliseconds ?? PING_MILLISECONDS,
    maxPingOut: 2,
    // The system's resolver knows /etc/hosts; nats.js' own asks the name servers only.
    resolve: false,
    noAsyncTraces: true,
  };
}

export function serversOf({ servers }: NatsOptions): string[] {
  return servers.split(',');
}

/**
 * nats.js names the server to TLS only when its address is a name: one that is reached by its IP address is taken for
 * `localhost` then, and refused. Its certificate may as well be for one of the addresses that we were given.
 */
function checkingIdentity(servers: readonly string[]): object {
  const addresses = servers.map(hostOf).filter((host) => isIP(host) !== 0);
  return {
    checkServerIdentity: (name: string, certificate: PeerCertificate): Error | undefined => {
      const errors = [name, ...addresses].map((host) => checkServerIdentity(host, certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
}

function hostOf(server: string): string {
  const url = new URL(server.includes('://') ? server : `nats://${server}`);
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** node:tls takes what is no certificate for none, and says afterwards that it cannot verify the server's. */
function checkCertificate(ca: string): void {
  try {
    new X509Certificate(ca);
  } catch (error) {
    throw new LockstepError('INVALID_OPTION', 'what is given as the authority of NATS is no certificate in PEM', {
      hint: '`lockstep secrets make` makes it: nats-ca.pem.',
      cause: error,
    });
  }
}

function authentication(credentials: NatsCredentials | undefined): ConnectionOptions {
  switch (credentials?.type) {
    case undefined:
      return {};
    case 'nkey':
      return { authenticator: nkeyAuthenticator(new TextEncoder().encode(credentials.seed)) };
    case 'password':
      return { user: credentials.user, pass: credentials.password };
    case 'token':
      return { token: credentials.token };
    case 'creds':
      return { authenticator: credsAuthenticator(new TextEncoder().encode(credentials.text)) };
    case 'jwt':
      return { authenticator: jwtAuthenticator(credentials.jwt, credentials.seed) };
  }
}

class NatsTransport implements RenewableTransport {
  readonly control: NatsBus;
  readonly bulk: NatsBus;
  readonly #status = new StatusListeners();
  readonly #controlConnection: NatsConnection;
  readonly #bulkConnection: NatsConnection;
  readonly #replicas: Replicas | undefined;

  constructor(control: LinkedConnection, bulk: LinkedConnection, replicas: Replicas | undefined) {
    this.#replicas = replicas;
    this.#controlConnection = control.connection;
    this.#bulkConnection = bulk.connection;
    this.control = new NatsBus(control.connection, 'control', this.#status, control.link);
    this.bulk = new NatsBus(bulk.connection, 'bulk', this.#status, bulk.link);
  }

  /** Over the bulk connection: an object of a hundred megabytes must not hold a heartbeat up. */
  async objectStore(store: string): Promise<ObjectStore> {
    checkStoreName(store);
    const connection = this.#bulkConnection;
    const { link } = this.bulk;
    return this.#open(`opening the object store ${store}`, this.bulk, connection, async () => {
      const jetstream = withoutUnhandled(connection.jetstream({ timeout: REQUEST_MILLISECONDS }));
      const manager = await jetstream.jetstreamManager();
      // Made with one copy: the server does not understand how nats.js asks for more.
      const objects = await jetstream.views.os(store, { storage: StorageType.File });
      // views.os swallows every error but "not found": this shows whether the store is there.
      await objects.status();
      await keepReplicas(manager, streamOf(store), this.#replicas);
      const lagMilliseconds = (this.#replicas?.count ?? 1) > 1 ? LAG_MILLISECONDS : 0;
      return new NatsObjectStore({ connection, link, manager, objects, store, lagMilliseconds });
    });
  }

  async objectReader(store: string): Promise<ObjectReader> {
    checkStoreName(store);
    const { link } = this.bulk;
    // Whoever only reads does not know how many replicas there are.
    return new NatsObjectReader({ connection: this.#bulkConnection, link, store, lagMilliseconds: LAG_MILLISECONDS });
  }

  async keyValue(name: string): Promise<KeyValue> {
    checkStoreName(name);
    const connection = this.#controlConnection;
    return this.#open(`opening the key-value store ${name}`, this.control, connection, async () => {
      const jetstream = connection.jetstream({ timeout: REQUEST_MILLISECONDS });
      const replicas = this.#replicas?.count ?? 1;
      const options = { history: 1, storage: StorageType.File, allow_direct: false, replicas };
      const kv = await jetstream.views.kv(name, options);
      await keepReplicas(await jetstream.jetstreamManager(), `KV_${name}`, this.#replicas);
      return new NatsKeyValue(connection, this.control.link, kv, name);
    });
  }

  storage(): Promise<StorageUsage> {
    return storageUsage(this.#controlConnection, this.control.link);
  }

  onStatus(listener: (status: TransportStatus) => void): void {
    this.#status.add(listener);
  }

  async renew(): Promise<void> {
    await this.control.renew();
    await this.bulk.renew();
  }

  async close(): Promise<void> {
    await Promise.all([this.control.close(), this.bulk.close()]);
  }

  async #open<T>(doing: string, bus: NatsBus, connection: NatsConnection, action: () => Promise<T>): Promise<T> {
    const what = `JetStream's answer, ${doing}`;
    try {
      return await bus.link.attempt(REQUEST_MILLISECONDS, what, action);
    } catch (error) {
      throw toLockstepError(error, { what, milliseconds: REQUEST_MILLISECONDS, closed: connection.isClosed() });
    }
  }
}

/**
 * nats.js looks at the answers to an object's pieces when the last one is sent. A refusal before that, as when there is no
 * room left, would be an unhandled rejection meanwhile, and end the process.
 */
function withoutUnhandled(jetstream: JetStreamClient): JetStreamClient {
  const publish = jetstream.publish.bind(jetstream);
  jetstream.publish = (...written) => {
    const acknowledged = publish(...written);
    acknowledged.catch(() => undefined);
    return acknowledged;
  };
  return jetstream;
}
