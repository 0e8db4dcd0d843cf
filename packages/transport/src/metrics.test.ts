import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from './bus.js';
import { MemoryNetwork } from './memory/network.js';
import { TransportMetrics } from './metrics.js';

let registry: Registry;
let coordinator: Transport;
let worker: Transport;
beforeEach(() => {
  const network = new MemoryNetwork();
  registry = new Registry();
  coordinator = new TransportMetrics(registry).counted(network.connect('coordinator'));
  worker = network.connect('worker');
});

async function scrape(): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('lockstep_'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const bytes = (direction: string, kind: string): string =>
  `lockstep_transport_bytes_total{direction="${direction}",kind="${kind}"}`;

describe('metrics of messages', () => {
  it('start at zero', async () => {
    const values = await scrape();
    expect(values.get(bytes('received', 'bulk'))).toBe(0);
    expect(values.get('lockstep_message_size_bytes_count{kind="control"}')).toBe(0);
    expect(values.get('lockstep_nats_reconnects_total')).toBe(0);
  });

  it('say how many bytes went each way and how large messages are, which are passed on as they are', async () => {
    const heard: number[] = [];
    coordinator.bulk.subscribe('part', ({ data }) => void heard.push(data.length));
    coordinator.control.subscribe('hello', ({ respond }) => respond?.(new Uint8Array(11)));
    worker.control.subscribe('question', ({ respond }) => respond?.(new Uint8Array(5)));
    worker.bulk.publish('part', new Uint8Array(300));
    coordinator.bulk.publish('parameters', new Uint8Array(7));
    await coordinator.control.request('question', new Uint8Array(2), 20_000);
    expect((await worker.control.request('hello', new Uint8Array(3), 20_000)).length).toBe(11);
    await Promise.all([worker.bulk.flush(), coordinator.bulk.flush()]);
    await expect.poll(() => heard).toEqual([300]);
    const values = await scrape();
    expect(values.get(bytes('sent', 'bulk'))).toBe(7);
    expect(values.get(bytes('received', 'bulk'))).toBe(300);
    expect(values.get(bytes('sent', 'control'))).toBe(2 + 11);
    expect(values.get(bytes('received', 'control'))).toBe(5 + 3);
    expect(values.get('lockstep_message_size_bytes_bucket{le="64",kind="bulk"}')).toBe(1);
    expect(values.get('lockstep_message_size_bytes_bucket{le="1024",kind="bulk"}')).toBe(2);
    expect(values.get('lockstep_message_size_bytes_sum{kind="bulk"}')).toBe(307);
    expect((await scrape()).get(bytes('sent', 'bulk'))).toBe(7);
  });

  it('count connections that come back', async () => {
    let tell = (_status: { type: 'reconnected' | 'disconnected'; message: string }): void => undefined;
    const onStatus: Transport['onStatus'] = (listener) => (tell = listener);
    new TransportMetrics((registry = new Registry())).counted({ ...worker, onStatus });
    tell({ type: 'disconnected', message: '' });
    tell({ type: 'reconnected', message: '' });
    expect((await scrape()).get('lockstep_nats_reconnects_total')).toBe(1);
  });
});
