/** What every Bus promises: publish and subscribe, requests. */
import type { BusMessage, Transport } from '@lockstep/transport';
import { expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { bytes, collect, text, unique, withCode, type Both } from './transport-contract-support.js';

export function describeBus(both: Both): void {
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

export function describeRequests(both: Both): void {
  async function answer(transport: Transport, subject: string, how: (message: BusMessage) => void): Promise<void> {
    transport.control.subscribe(subject, how);
    await transport.control.flush();
  }

  it('brings the answer to each of many requests at once', async () => {
    const { one, two } = both();
    const subject = unique('request');
    await answer(two, subject, ({ data, respond }) => respond?.(bytes(`${text(data)}!`)));
    const questions = Array.from({ length: 50 }, (_, i) => `question ${i}`);
    const answers = await Promise.all(
      questions.map((question) => one.control.request(subject, bytes(question), 20_000)),
    );
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
    expect(text(await one.control.request(subject, bytes('?'), 20_000))).toBe('first');
  });

  it('fails at once when nobody listens', async () => {
    // One that waited to its deadline would fail by TIMEOUT.
    const request = both().one.control.request(unique('nobody'), bytes('?'), 60_000);
    await expect(request).rejects.toEqual(withCode('UNREACHABLE'));
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
