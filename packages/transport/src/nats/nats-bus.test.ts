import type { NatsConnection } from 'nats';
import { expect, it } from 'vitest';
import { StatusListeners } from '../status.js';
import { Link } from './link.js';
import { NatsBus } from './nats-bus.js';

/** As much of a connection as publishing needs; like nats.js's, it knows the server's limits only while connected. */
function connection(published: string[]): { info?: { max_payload: number } } & Record<string, unknown> {
  return {
    info: { max_payload: 10 },
    isClosed: () => false,
    publish: (subject: string) => published.push(subject),
    status: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true }) }) }),
    closed: () => Promise.resolve(undefined),
  };
}

it('goes on to hold the last known payload limit while the server is away', () => {
  const published: string[] = [];
  const fake = connection(published);
  const bus = new NatsBus(fake as unknown as NatsConnection, 'bulk', new StatusListeners(), new Link());
  delete fake.info;
  bus.publish('a', new Uint8Array(10));
  expect(published).toEqual(['a']);
  expect(() => bus.publish('a', new Uint8Array(11))).toThrow('limit of 10');
});
