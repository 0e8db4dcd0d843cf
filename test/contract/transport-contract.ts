/** What every Transport promises: the same tests for each adapter. */
import type { ErrorCode } from '@lockstep/core';
import type { BusMessage, Transport } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';

/** Connects a new transport to the adapter's one messaging system. */
export type ConnectForTest = (name: string) => Promise<Transport>;

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const text = (data: Uint8Array): string => Buffer.from(data).toString();
const withCode = (code: ErrorCode): unknown => expect.objectContaining({ name: 'LockstepError', code });

let serial = 0;
/** A name that no other test uses: the adapters' systems outlive a test. */
function unique(prefix: string): string {
  serial += 1;
  return `${prefix}-${process.pid}-${serial}`;
}

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
    describe('closing', () => describeClose(both));
  });
}

type Both = () => { one: Transport; two: Transport };

/** Subscribes, and returns what comes in, copied. Flushes, so that a message published afterwards is not missed. */
async function collect(transport: Transport, subject: string): Promise<{ subject: string; data: Uint8Array }[]> {
  const received: { subject: string; data: Uint8Array }[] = [];
  transport.bulk.subscribe(subject, (message) => {
    received.push({ subject: message.subject, data: Uint8Array.from(message.data) });
  });
  await transport.bulk.flush();
  return received;
}

function describeBus(both: Both): void {
  it('delivers messages in the order in which they were published', async () => {
    const { one, two } = both();
    const subject = unique('order');
    const received = await collect(two, subject);
    const sent = Array.from({ length: 500 }, (_, i) => `message ${i}`);
    for (const message of sent) one.bulk.publish(subject, bytes(message));
    await waitFor(() => received.length >= sent.length, 'all messages');
    expect(received.map(({ data }) => text(data))).toEqual(sent);
  });

  it('delivers to every subscriber, the publisher among them', async () => {
    const { one, two } = both();
    const subject = unique('all');
    const lists = [await collect(one, subject), await collect(two, subject), await collect(two, subject)];
    one.bulk.publish(subject, bytes('x'));
    await waitFor(() => lists.every((list) => list.length === 1), 'a message each');
  });

  it('matches one token by * and the rest by >', async () => {
    const { one, two } = both();
    const root = unique('wild');
    const star = await collect(two, `${root}.*.c`);
    const rest = await collect(two, `${root}.a.>`);
    const end = await collect(two, `${root}.end`);
    for (const tail of ['a.c', 'b.c', 'a', 'a.b.c', 'c', 'end']) one.bulk.publish(`${root}.${tail}`, bytes(tail));
    await waitFor(() => end.length === 1, 'the last message');
    expect(star.map(({ subject }) => subject)).toEqual([`${root}.a.c`, `${root}.b.c`]);
    expect(rest.map(({ data }) => text(data))).toEqual(['a.c', 'a.b.c']);
  });

  it('delivers nothing after an unsubscribe', async () => {
    const { one, two } = both();
    const subject = unique('once');
    let count = 0;
    const subscription = two.bulk.subscribe(subject, () => (count += 1));
    const witness = await collect(two, subject);
    one.bulk.publish(subject, bytes('1'));
    await waitFor(() => witness.length === 1, 'the first message');
    subscription.unsubscribe();
    await two.bulk.flush();
    one.bulk.publish(subject, bytes('2'));
    await waitFor(() => witness.length === 2, 'the second message');
    expect(count).toBe(1);
  });

  it('carries 1 MiB and empty messages unchanged', async () => {
    const { one, two } = both();
    const subject = unique('large');
    const received = await collect(two, subject);
    const large = Uint8Array.from({ length: 2 ** 20 }, (_, i) => (i * 31 + (i >> 8)) & 255);
    const messages = [large, new Uint8Array(0), large.map((value) => value ^ 255)];
    for (const message of messages) one.bulk.publish(subject, message);
    await waitFor(() => received.length === messages.length, 'all messages');
    for (const [i, message] of messages.entries()) expect(Buffer.compare(received[i]!.data, message)).toBe(0);
  });

  it('refuses a message over the limit, and goes on', async () => {
    const { one, two } = both();
    const subject = unique('limit');
    const received = await collect(two, subject);
    expect(one.bulk.maxPayload).toBe(8 * 1024 * 1024);
    const tooLarge = new Uint8Array(one.bulk.maxPayload + 1);
    expect(() => one.bulk.publish(subject, tooLarge)).toThrow(withCode('PAYLOAD_TOO_LARGE'));
    one.bulk.publish(subject, tooLarge.subarray(1));
    await waitFor(() => received.length === 1, 'the largest message');
    expect(received[0]!.data.length).toBe(one.bulk.maxPayload);
  });

  it.each(['', 'a b', 'a..b', '.a', 'a.*', 'a.>', 'a\r\nPUB b 0'])('does not publish to %j', (subject) => {
    expect(() => both().one.bulk.publish(subject, bytes('x'))).toThrow(withCode('INTERNAL'));
  });

  it('reports a handler that throws, and goes on', async () => {
    const { one, two } = both();
    const subject = unique('throws');
    const reports: string[] = [];
    two.onStatus(({ type, message }) => reports.push(`${type}: ${message}`));
    two.bulk.subscribe(subject, () => {
      throw new Error('on purpose');
    });
    const witness = await collect(two, subject);
    one.bulk.publish(subject, bytes('1'));
    one.bulk.publish(subject, bytes('2'));
    await waitFor(() => witness.length === 2, 'both messages');
    expect(reports).toHaveLength(2);
    expect(reports[0]).toMatch(new RegExp(`error: .*${subject}.*on purpose`));
  });
}

function describeRequests(both: Both): void {
  async function answer(transport: Transport, subject: string, how: (message: BusMessage) => void): Promise<void> {
    transport.control.subscribe(subject, how);
    await transport.control.flush();
  }

  it('brings the answer to each of many requests at once', async () => {
    const { one, two } = both();
    const subject = unique('request');
    await answer(two, subject, ({ data, respond }) => respond?.(bytes(`${text(data)}!`)));
    const questions = Array.from({ length: 50 }, (_, i) => `question ${i}`);
    const answers = await Promise.all(questions.map((question) => one.control.request(subject, bytes(question), 5000)));
    expect(answers.map(text)).toEqual(questions.map((question) => `${question}!`));
  });

  it('gives no way to answer a message that is no request', async () => {
    const { one, two } = both();
    const subject = unique('plain');
    const messages: BusMessage[] = [];
    await answer(two, subject, (message) => void messages.push(message));
    one.control.publish(subject, bytes('x'));
    await waitFor(() => messages.length === 1, 'the message');
    expect(messages[0]!.respond).toBeUndefined();
  });

  it('takes the first of two answers', async () => {
    const { one, two } = both();
    const subject = unique('twice');
    await answer(two, subject, ({ respond }) => {
      respond?.(bytes('first'));
      respond?.(bytes('second'));
    });
    expect(text(await one.control.request(subject, bytes('?'), 5000))).toBe('first');
  });

  it('fails at once when nobody listens', async () => {
    const started = performance.now();
    const request = both().one.control.request(unique('nobody'), bytes('?'), 60_000);
    await expect(request).rejects.toEqual(withCode('UNREACHABLE'));
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it('gives up after its time, and says what it waited for', async () => {
    const { one, two } = both();
    const subject = unique('silent');
    await answer(two, subject, () => undefined);
    const request = one.control.request(subject, bytes('?'), 50);
    await expect(request).rejects.toEqual(withCode('TIMEOUT'));
    await expect(request).rejects.toThrow(`Waited 0.05 s for an answer on ${subject}.`);
  });
}

function describeObjects(both: Both): void {
  it('keeps objects of any size for everybody', async () => {
    const { one, two } = both();
    const name = unique('objects');
    const [mine, theirs] = [await one.objectStore(name), await two.objectStore(name)];
    for (const size of [0, 1, 1_048_576, 1_048_577, 3_500_000]) {
      const data = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 10)) & 255);
      await mine.put(`shard/${size}.bin`, data);
      expect(Buffer.compare(await theirs.get(`shard/${size}.bin`), data)).toBe(0);
    }
    expect(await theirs.list()).toEqual([
      'shard/0.bin',
      'shard/1.bin',
      'shard/1048576.bin',
      'shard/1048577.bin',
      'shard/3500000.bin',
    ]);
  });

  it('knows what it has and what it has not', async () => {
    const store = await both().one.objectStore(unique('objects'));
    expect(await store.list()).toEqual([]);
    expect(await store.has('a')).toBe(false);
    await expect(store.get('a')).rejects.toEqual(withCode('NOT_FOUND'));
    await store.put('a', bytes('1'));
    expect(await store.has('a')).toBe(true);
    await store.delete('a');
    await store.delete('a');
    expect(await store.has('a')).toBe(false);
    expect(await store.list()).toEqual([]);
    await expect(store.get('a')).rejects.toEqual(withCode('NOT_FOUND'));
    await store.put('a', bytes('2'));
    expect(text(await store.get('a'))).toBe('2');
  });

  it('replaces an object that is put again', async () => {
    const store = await both().one.objectStore(unique('objects'));
    await store.put('a', bytes('old'));
    await store.put('a', bytes('new'));
    expect(text(await store.get('a'))).toBe('new');
    expect(await store.list()).toEqual(['a']);
  });

  it('gives every reader bytes of its own', async () => {
    const store = await both().one.objectStore(unique('objects'));
    const data = bytes('data');
    await store.put('a', data);
    data.fill(0);
    (await store.get('a')).fill(1);
    expect(text(await store.get('a'))).toBe('data');
  });

  it('keeps stores apart, and refuses names that cannot be one', async () => {
    const { one } = both();
    const store = await one.objectStore(unique('objects'));
    const other = await one.objectStore(unique('objects'));
    await store.put('a', bytes('1'));
    expect(await other.has('a')).toBe(false);
    for (const name of ['', 'a b', 'a*', 'ä'])
      await expect(store.put(name, bytes('x'))).rejects.toEqual(withCode('INTERNAL'));
    await expect(one.objectStore('a.b')).rejects.toEqual(withCode('INTERNAL'));
  });
}

function describeKeyValue(both: Both): void {
  it('writes only over the revision that is expected', async () => {
    const { one, two } = both();
    const name = unique('kv');
    const [mine, theirs] = [await one.keyValue(name), await two.keyValue(name)];
    expect(await mine.get('lease')).toBeUndefined();
    const first = await mine.update('lease', bytes('1'), 0);
    expect(first).toBeGreaterThan(0);
    expect(await theirs.get('lease')).toMatchObject({ revision: first });
    await expect(theirs.update('lease', bytes('x'), 0)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    const second = await theirs.update('lease', bytes('2'), first);
    expect(second).toBeGreaterThan(first);
    await expect(mine.update('lease', bytes('x'), first)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    await expect(mine.update('none', bytes('x'), second)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    const entry = await mine.get('lease');
    expect(entry?.revision).toBe(second);
    expect(text(entry!.value)).toBe('2');
  });

  it('lets exactly one of many writers win', async () => {
    const { one, two } = both();
    const name = unique('kv');
    const stores = [await one.keyValue(name), await two.keyValue(name)];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => stores[i % 2]!.update('key', bytes(String(i)), 0)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(withCode('REVISION_CONFLICT'));
    }
  });

  it('forgets what is deleted, and takes it anew', async () => {
    const store = await both().one.keyValue(unique('kv'));
    const revision = await store.update('key', bytes('1'), 0);
    await store.delete('key');
    await store.delete('key');
    expect(await store.get('key')).toBeUndefined();
    expect(await store.keys()).toEqual([]);
    await expect(store.update('key', bytes('x'), revision)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    expect(await store.update('key', bytes('2'), 0)).toBeGreaterThan(revision);
    expect(text((await store.get('key'))!.value)).toBe('2');
  });

  it('lists its keys', async () => {
    const store = await both().one.keyValue(unique('kv'));
    expect(await store.keys()).toEqual([]);
    for (const key of ['job.b', 'job.a', 'c/d=']) await store.update(key, bytes(key), 0);
    expect(await store.keys()).toEqual(['c/d=', 'job.a', 'job.b']);
    for (const key of ['', 'a b', 'a.', '.a', 'a..b', '>', '*']) {
      await expect(store.get(key)).rejects.toEqual(withCode('INTERNAL'));
    }
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
