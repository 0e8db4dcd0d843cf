/** Counts the bytes of messages that pass a transport; what its stores read and write is not in it. */
import type { Bus, BusMessage, Subscription, Transport } from '@lockstep/transport';

interface LinkTraffic {
  sent: number;
  received: number;
}

/** Bytes since the start. */
export interface Traffic {
  readonly control: LinkTraffic;
  readonly bulk: LinkTraffic;
}

export function newTraffic(): Traffic {
  return { control: { sent: 0, received: 0 }, bulk: { sent: 0, received: 0 } };
}

/** The same transport, with what goes through it added to `traffic`. */
export function countedTransport(transport: Transport, traffic: Traffic): Transport {
  return {
    control: new CountedBus(transport.control, traffic.control),
    bulk: new CountedBus(transport.bulk, traffic.bulk),
    objectStore: (name) => transport.objectStore(name),
    objectReader: (name) => transport.objectReader(name),
    keyValue: (name) => transport.keyValue(name),
    onStatus: (listener) => {
      transport.onStatus(listener);
    },
    close: () => transport.close(),
  };
}

class CountedBus implements Bus {
  readonly #bus: Bus;
  readonly #traffic: LinkTraffic;

  constructor(bus: Bus, traffic: LinkTraffic) {
    this.#bus = bus;
    this.#traffic = traffic;
  }

  get maxPayload(): number {
    return this.#bus.maxPayload;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#bus.publish(subject, data);
    this.#traffic.sent += data.length;
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    return this.#bus.subscribe(subject, (message) => {
      this.#traffic.received += message.data.length;
      handler(message);
    });
  }

  async request(subject: string, data: Uint8Array, timeoutMilliseconds: number): Promise<Uint8Array> {
    this.#traffic.sent += data.length;
    const answer = await this.#bus.request(subject, data, timeoutMilliseconds);
    this.#traffic.received += answer.length;
    return answer;
  }

  flush(): Promise<void> {
    return this.#bus.flush();
  }

  close(): Promise<void> {
    return this.#bus.close();
  }
}
