import { isLockstepError } from '@lockstep/core';
import { expect, it } from 'vitest';
import type { Transport } from '../bus.js';
import { MemoryNetwork } from './network.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

/** A network that delivers when told, and what `to` receives on `x`. */
function scene(): { network: MemoryNetwork; from: Transport; received: string[] } {
  const network = new MemoryNetwork({ scheduling: 'manual' });
  const [from, to] = [network.connect('from'), network.connect('to')];
  const received: string[] = [];
  to.bulk.subscribe('x', ({ data }) => received.push(Buffer.from(data).toString()));
  return { network, from, received };
}

function publish(transport: Transport, ...messages: string[]): void {
  for (const message of messages) transport.bulk.publish('x', bytes(message));
}

it('delivers nothing before it is told to, and then as much as it is told', () => {
  const { network, from, received } = scene();
  publish(from, 'a', 'b', 'c');
  expect(received).toEqual([]);
  expect(network.pending.map(({ from: sender, to }) => `${sender}>${to}`)).toEqual(['from>to', 'from>to', 'from>to']);
  expect(network.deliver(2)).toBe(2);
  expect(received).toEqual(['a', 'b']);
  expect(network.deliver()).toBe(1);
  expect(network.deliver()).toBe(0);
});

it('drops, doubles and reorders by what a predicate says', () => {
  const { network, from, received } = scene();
  network.fault = ({ data }) => {
    switch (Buffer.from(data).toString()) {
      case 'lost':
        return 'drop';
      case 'twice':
        return 'double';
      case 'late':
        return { overtakenBy: 2 };
      default:
        return 'none';
    }
  };
  publish(from, 'late', 'lost', 'twice', 'last');
  network.deliver();
  expect(received).toEqual(['twice', 'twice', 'late', 'last']);
});

it('delivers what is to be overtaken when nothing comes that could', () => {
  const { network, from, received } = scene();
  network.fault = () => ({ overtakenBy: 10 });
  publish(from, 'a', 'b');
  network.deliver();
  expect(received).toEqual(['a', 'b']);
});

it('parts the network by names', () => {
  const { network, from, received } = scene();
  network.fault = ({ from: sender, to }) => (sender === 'from' && to === 'to' ? 'drop' : 'none');
  publish(from, 'a');
  network.fault = () => 'none';
  publish(from, 'b');
  network.deliver();
  expect(received).toEqual(['b']);
});

it('loses requests and answers alike, and times out by the clock it is given', async () => {
  const timers: (() => void)[] = [];
  const network = new MemoryNetwork({
    scheduling: 'manual',
    after: (_milliseconds, action) => {
      timers.push(action);
      return () => undefined;
    },
  });
  const [one, two] = [network.connect('one'), network.connect('two')];
  two.control.subscribe('q', ({ respond }) => respond?.(bytes('!')));
  network.fault = ({ subject }) => (subject.startsWith('_INBOX.') ? 'drop' : 'none');
  const lost = one.control.request('q', bytes('?'), 1000);
  expect(network.deliver()).toBe(1);
  timers[0]?.();
  await expect(lost).rejects.toMatchObject({ code: 'TIMEOUT' });
  network.fault = () => 'none';
  const found = one.control.request('q', bytes('?'), 1000);
  expect(network.deliver()).toBe(2);
  expect(Buffer.from(await found).toString()).toBe('!');
});

it('does not deliver to a transport that was closed meanwhile, and lets its name be taken again', async () => {
  const network = new MemoryNetwork({ scheduling: 'manual' });
  const [from, to] = [network.connect('from'), network.connect('to')];
  const received: string[] = [];
  to.bulk.subscribe('x', () => received.push('old'));
  publish(from, 'a');
  expect(() => network.connect('to')).toThrow(/connected already/);
  await to.close();
  network.connect('to').bulk.subscribe('x', () => received.push('new'));
  expect(network.deliver()).toBe(1);
  expect(received).toEqual([]);
  publish(from, 'b');
  network.deliver();
  expect(received).toEqual(['new']);
});

it('shows a handler that keeps the memory it was lent', () => {
  const { network, from } = scene();
  const kept: Uint8Array[] = [];
  network.connect('keeper').bulk.subscribe('x', ({ data }) => kept.push(data));
  publish(from, 'a');
  network.deliver();
  expect(kept[0]).toEqual(Uint8Array.from([0xdd]));
});

it('tells listeners of a scripted status', () => {
  const network = new MemoryNetwork();
  const reports: string[] = [];
  network.connect('one').onStatus(({ type, message }) => reports.push(`${type}: ${message}`));
  network.signal('one', { type: 'disconnected', message: 'gone' });
  expect(reports).toEqual(['disconnected: gone']);
});

it('loses the answer to a compare-and-set that happened', async () => {
  const network = new MemoryNetwork();
  const store = await network.connect('one').keyValue('jobs');
  network.storeFault = ({ kind }) => (kind === 'update' ? 'lose-answer' : 'none');
  await expect(store.update('key', bytes('1'), 0)).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect((await store.get('key'))?.revision).toBeGreaterThan(0);
});

it('fails an operation on a store without doing it, and damages an object', async () => {
  const network = new MemoryNetwork();
  const store = await network.connect('one').objectStore('objects');
  network.storeFault = ({ kind, name }) => (kind === 'put' && name === 'b' ? 'fail' : 'none');
  await store.put('a', bytes('1'));
  await expect(store.put('b', bytes('2'))).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(await store.list()).toEqual(['a']);
  network.damageObject('objects', 'a');
  const error: unknown = await store.get('a').catch((reason: unknown) => reason);
  expect(isLockstepError(error, 'HASH_MISMATCH')).toBe(true);
});
