import { BUCKETS, MemoryNetwork, type KeyValue } from '@lockstep/transport';
import { afterEach, expect, it, vi } from 'vitest';
import { startCoordinator } from './start-coordinator.js';

const bus = vi.hoisted(() => ({ connect: undefined as (() => unknown) | undefined }));
vi.mock('@lockstep/transport', async (original) => ({
  ...(await original<object>()),
  connectNats: () => Promise.resolve(bus.connect?.()),
}));

afterEach(() => {
  vi.useRealTimers();
});

it('refuses a signing key that is none before it looks for NATS, let alone takes jobs up', async () => {
  bus.connect = () => expect.unreachable();
  const starting = startCoordinator({
    ...{ natsUrl: 'nats://127.0.0.1:1', natsCredentials: 'a user', workerSigningKey: 'no key' },
    log: 'silent',
  });
  await expect(starting).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/^the signing key of the bus is not/) as string,
  });
});

it.each([BUCKETS.revokedWorkers, BUCKETS.jobs])(
  'closes what it has opened when %s cannot be, and says why',
  async (name) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const transport = new MemoryNetwork().connect('coordinator');
    const open = transport.keyValue.bind(transport);
    const keyValue = (store: string): Promise<KeyValue> =>
      store === name ? Promise.reject(new Error(`${store} is not there`)) : open(store);
    bus.connect = () => Object.assign(transport, { keyValue });
    const starting = startCoordinator({ natsUrl: 'nats://nowhere', port: 0, log: 'silent' });
    await expect(starting).rejects.toThrow(`${name} is not there`);
    expect(() => transport.control.publish('x', new Uint8Array(1))).toThrow('The connection is closed');
    // That of the sweep of datasets, which keeps no process from ending.
    expect(vi.getTimerCount()).toBe(1);
  },
);

it.each([0, 2, 4, 7])('knows of no %i copies of what NATS stores', async (natsReplicas) => {
  bus.connect = () => expect.unreachable();
  const starting = startCoordinator({ natsUrl: 'nats://nowhere', natsReplicas, log: 'silent' });
  await expect(starting).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('1, 3 or 5'),
  });
});
