/** Metrics of the messages that pass a transport, for each process that has one; what its stores read and write is not in them. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Bus, BusMessage, Subscription, Transport } from './bus.js';

const KINDS = ['control', 'bulk'] as const;
type Kind = (typeof KINDS)[number];
/** Made once: a message must not leave objects behind. */
const KIND_LABELS: Readonly<Record<Kind, { readonly kind: Kind }>> = {
  control: { kind: 'control' },
  bulk: { kind: 'bulk' },
};
/** From a heartbeat to the largest frame there is, by fours. */
const SIZES = [64, 256, 1024, 4096, 2 ** 14, 2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 23];

interface Bytes {
  sent: number;
  received: number;
}

export class TransportMetrics {
  readonly #bytes: Readonly<Record<Kind, Bytes>> = {
    control: { sent: 0, received: 0 },
    bulk: { sent: 0, received: 0 },
  };
  readonly #sizes: Histogram<'kind'>;
  readonly #reconnects: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const bytes = this.#bytes;
    new Counter({
      ...{ registers, name: 'lockstep_transport_bytes_total', labelNames: ['direction', 'kind'] },
      help: 'Bytes of messages',
      collect() {
        this.reset();
        for (const kind of KINDS) {
          for (const direction of ['sent', 'received'] as const) this.inc({ direction, kind }, bytes[kind][direction]);
        }
      },
    });
    this.#sizes = new Histogram({
      ...{ registers, name: 'lockstep_message_size_bytes', help: 'Sizes of messages', labelNames: ['kind'] },
      buckets: SIZES,
    });
    for (const kind of KINDS) this.#sizes.zero({ kind });
    const reconnects = { name: 'lockstep_nats_reconnects_total', help: 'Connections to NATS that came back' };
    this.#reconnects = new Counter({ registers, ...reconnects });
  }

  /** The same transport, with what goes through it counted. */
  counted(transport: Transport): Transport {
    transport.onStatus(({ type }) => {
      if (type === 'reconnected') this.#reconnects.inc();
    });
    return {
      control: this.#countedBus(transport.control, 'control'),
      bulk: this.#countedBus(transport.bulk, 'bulk'),
      objectStore: (name) => transport.objectStore(name),
      objectReader: (name) => transport.objectReader(name),
      keyValue: (name) => transport.keyValue(name),
      storage: () => transport.storage(),
      onStatus: (listener) => {
        transport.onStatus(listener);
      },
      close: () => transport.close(),
    };
  }

  #countedBus(bus: Bus, kind: Kind): Bus {
    return new CountedBus(bus, (direction, bytes) => {
      this.#bytes[kind][direction] += bytes;
      this.#sizes.observe(KIND_LABELS[kind], bytes);
    });
  }
}

class CountedBus implements Bus {
  readonly #bus: Bus;
  readonly #count: (direction: 'sent' | 'received', bytes: number) => void;

  constructor(bus: Bus, count: (direction: 'sent' | 'received', bytes: number) => void) {
    this.#bus = bus;
    this.#count = count;
  }

  get maxPayload(): number {
    return this.#bus.maxPayload;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#bus.publish(subject, data);
    this.#count('sent', data.length);
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    return this.#bus.subscribe(subject, (message) => {
      this.#count('received', message.data.length);
      const { respond } = message;
      if (respond === undefined) {
        handler(message);
        return;
      }
      handler({
        ...message,
        respond: (answer) => {
          respond(answer);
          this.#count('sent', answer.length);
        },
      });
    });
  }

  async request(subject: string, data: Uint8Array, timeoutMilliseconds: number): Promise<Uint8Array> {
    this.#count('sent', data.length);
    const answer = await this.#bus.request(subject, data, timeoutMilliseconds);
    this.#count('received', answer.length);
    return answer;
  }

  flush(): Promise<void> {
    return this.#bus.flush();
  }

  close(): Promise<void> {
    return this.#bus.close();
  }
}
