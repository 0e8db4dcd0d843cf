import { isLockstepError } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createServerSentEventParser, type ServerSentEvent } from './server-sent-events.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function parseAll(text: string, size = Number.MAX_SAFE_INTEGER): ServerSentEvent[] {
  const parser = createServerSentEventParser();
  const bytes = encode(text);
  const events: ServerSentEvent[] = [];
  for (let start = 0; start < bytes.length; start += size)
    events.push(...parser.push(bytes.subarray(start, start + size)));
  return events;
}

describe('the parser of server-sent events', () => {
  it('reads type, id and data', () => {
    expect(parseAll('event: state\nid: 7\ndata: {"a":1}\n\n')).toEqual([{ type: 'state', id: '7', data: '{"a":1}' }]);
  });

  it('calls an event without a type a message, and keeps the last id', () => {
    expect(parseAll('id: 3\ndata: a\n\ndata:b\n\n')).toEqual([
      { type: 'message', id: '3', data: 'a' },
      { type: 'message', id: '3', data: 'b' },
    ]);
  });

  it('joins several lines of data and strips one space only', () => {
    expect(parseAll('data:  a\ndata\ndata: b\n\n')[0]?.data).toBe(' a\n\nb');
  });

  it('ignores comments, unknown fields and events without data', () => {
    expect(parseAll(': ping\n\nretry: 10\nother\n\nevent: empty\n\ndata: x\n\n')).toEqual([
      { type: 'message', id: '', data: 'x' },
    ]);
  });

  it('holds back an event until its empty line', () => {
    expect(parseAll('data: x\n')).toEqual([]);
  });

  it.each(['\n', '\r\n', '\r'])('gives the same events wherever the bytes are cut, with line end %j', (end) => {
    const text = ['event: a', 'id: 1', 'data: grün 🙂', '', 'data: two', 'data: lines', '', ': last', ''].join(end);
    const whole = parseAll(text);
    expect(whole).toEqual([
      { type: 'a', id: '1', data: 'grün 🙂' },
      { type: 'message', id: '1', data: 'two\nlines' },
    ]);
    for (let size = 1; size < 20; size += 1) expect(parseAll(text, size)).toEqual(whole);
  });

  it('refuses a stream that never ends a line', () => {
    const parser = createServerSentEventParser();
    const chunk = encode('x'.repeat(4 * 2 ** 20));
    const fill = (): void => {
      for (let i = 0; i < 5; i += 1) parser.push(chunk);
    };
    expect(fill).toThrow(expect.toSatisfy((error: unknown) => isLockstepError(error, 'PAYLOAD_TOO_LARGE')) as Error);
  });
});
