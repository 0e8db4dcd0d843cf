/** What every Transport promises: the same tests for each adapter. */
import type { Transport } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { describeBus, describeRequests } from './bus-contract.js';
import { describeKeyValue, describeObjects } from './store-contract.js';
import { bytes, collect, unique, withCode, type Both } from './transport-contract-support.js';

/** Connects a new transport to the adapter's one messaging system. */
export type ConnectForTest = (name: string) => Promise<Transport>;

export function describeTransport(adapter: string, connect: ConnectForTest): void {
  describe(adapter, () => {
    let one: Transport;
    let two: Transport;

    beforeEach(async () => {
      one = await connect(unique('one'));
      two = await connect(unique('two'));
    });

    afterEach(async () => {
      await Promise.all([one.close(), two.close()]);
    });

    const both = (): { one: Transport; two: Transport } => ({ one, two });
    describe('the bus', () => describeBus(both));
    describe('requests', () => describeRequests(both));
    describe('the object store', () => describeObjects(both));
    describe('the key-value store', () => describeKeyValue(both));
    describe('storage', () => describeStorage(both));
    describe('closing', () => describeClose(both));
  });
}

function describeStorage(both: Both): void {
  it('says what all stores take together', async () => {
    const { one, two } = both();
    const [objects, values] = [await one.objectStore(unique('objects')), await one.keyValue(unique('kv'))];
    const before = await two.storage();
    await objects.put('large', new Uint8Array(1_000_000));
    await values.update('small', new Uint8Array(5000), 0);
    const { usedBytes, limitBytes } = await two.storage();
    expect(usedBytes - before.usedBytes).toBeGreaterThanOrEqual(1_005_000);
    expect(usedBytes - before.usedBytes).toBeLessThan(1_100_000);
    expect(limitBytes).toBeUndefined();
    await two.close();
    await expect(two.storage()).rejects.toEqual(withCode('UNREACHABLE'));
  });
}

function describeClose(both: Both): void {
  it('ends subscriptions and requests, and refuses everything after', async () => {
    const { one, two } = both();
    const subject = unique('end');
    const objects = await two.objectStore(unique('objects'));
    const values = await two.keyValue(unique('kv'));
    const received = await collect(two, subject);
    const waiting = two.control.request(subject, bytes('?'), 60_000);
    const settled = expect(waiting).rejects.toEqual(withCode('UNREACHABLE'));
    await waitFor(() => received.length === 1, 'its own request');
    await two.close();
    await settled;
    one.bulk.publish(subject, bytes('x'));
    await one.bulk.flush();
    expect(() => two.bulk.publish(subject, bytes('x'))).toThrow(withCode('UNREACHABLE'));
    expect(() => two.control.subscribe(subject, () => undefined)).toThrow(withCode('UNREACHABLE'));
    await expect(two.control.request(subject, bytes('?'), 1000)).rejects.toEqual(withCode('UNREACHABLE'));
    await expect(two.bulk.flush()).rejects.toEqual(withCode('UNREACHABLE'));
    await expect(objects.get('a')).rejects.toEqual(withCode('UNREACHABLE'));
    await expect(values.get('a')).rejects.toEqual(withCode('UNREACHABLE'));
    await expect(two.objectStore('late')).rejects.toEqual(withCode('UNREACHABLE'));
    await expect(two.keyValue('late')).rejects.toEqual(withCode('UNREACHABLE'));
    expect(received).toHaveLength(1);
  });

  it('sends what was published before', async () => {
    const { one, two } = both();
    const subject = unique('last');
    const received = await collect(one, subject);
    two.bulk.publish(subject, new Uint8Array(2 ** 20));
    await two.close();
    await waitFor(() => received.length === 1, 'the last words');
  });

  it('can be done twice', async () => {
    const { one } = both();
    await one.close();
    await one.close();
  });
}
