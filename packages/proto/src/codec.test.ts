import { crc32 } from 'node:zlib';
import { isLockstepError } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { lockstep } from '../generated/lockstep.js';
import { decodeFrame, encodeFrame } from './codec.js';
import type { DecodeResult } from './codec.js';
import type { BeginFrame, Frame, FrameType, PartFrame } from './frames.js';
import { LIMITS } from './limits.js';
import { exampleFrames } from './testing/example-frames.js';
import { PROTOCOL, versionOf } from './versions.js';

const v1 = lockstep.v1;
const examples = exampleFrames();

function example<T extends FrameType>(type: T): Extract<Frame, { type: T }> {
  return examples.find((frame) => frame.type === type) as Extract<Frame, { type: T }>;
}

function raw(body: object, version = 1): DecodeResult {
  return decodeFrame(v1.Frame.encode({ version, ...body }).finish());
}

function reason(result: DecodeResult): string {
  return result.ok ? 'ok' : result.reason;
}

describe('encoding and decoding', () => {
  it.each(examples)('gives back an equal $type frame', (frame) => {
    expect(decodeFrame(encodeFrame(frame))).toEqual({ ok: true, frame });
  });

  it.each(examples)('writes what protobufjs itself reads: $type', (frame) => {
    const message = v1.Frame.decode(encodeFrame(frame));
    expect(message.version).toBe(versionOf(frame.type));
    expect(message.body).toBe(frame.type);
  });

  it('reads what protobufjs itself writes, with the checksum in the message', () => {
    const part = example('part');
    expect(raw({ part: { ...part, checksum: crc32(part.values) } })).toEqual({ ok: true, frame: part });
  });

  it('keeps the largest safe integer, as a number', () => {
    const result = decodeFrame(encodeFrame({ type: 'release', job: 'j', term: Number.MAX_SAFE_INTEGER }));
    expect(result).toEqual({ ok: true, frame: { type: 'release', job: 'j', term: Number.MAX_SAFE_INTEGER } });
  });

  it('returns values as a view into the message, at any alignment', () => {
    const bytes = encodeFrame(example('part'));
    for (const shift of [0, 1, 2, 3]) {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      const result = decodeFrame(moved.subarray(shift));
      expect(result).toEqual({ ok: true, frame: example('part') });
      if (result.ok && result.frame.type === 'part') expect(result.frame.values.buffer).toBe(moved.buffer);
    }
  });

  it('skips fields that it does not know, as a later version may send them', () => {
    const unknown = Uint8Array.from([0x98, 0x06, 0x01]); // Field 99, varint.
    const bytes = Buffer.concat([encodeFrame(example('leave')), unknown]);
    expect(decodeFrame(bytes)).toEqual({ ok: true, frame: example('leave') });
  });

  it('refuses to encode what it would not decode', () => {
    expect(() => encodeFrame({ type: 'release', job: 'a.b', term: 1 })).toThrow(/release frame.*job must be/);
    try {
      encodeFrame({ type: 'credit', job: 'j', term: 1, bytes: 2 ** 53 });
      expect.unreachable();
    } catch (error) {
      expect(isLockstepError(error, 'FRAME_INVALID')).toBe(true);
    }
  });

  it('refuses to encode more than a message may hold', () => {
    const manifest = new Uint8Array(5 * 2 ** 20);
    const splits = ['train', 'test'].map((name) => ({ ...example('prepare').splits[0]!, name, manifest }));
    expect(() => encodeFrame({ ...example('prepare'), splits } as Frame)).toThrow(/over the limit/);
  });
});

describe('refusals', () => {
  it('refuses a version that is not spoken, even of a layout that it cannot read', () => {
    for (const version of [0, PROTOCOL.newest + 1]) {
      expect(raw({ leave: example('leave') }, version)).toMatchObject({ ok: false, reason: 'version' });
    }
    expect(raw({}, 7)).toMatchObject({ ok: false, reason: 'version' });
    expect(decodeFrame(new Uint8Array(0))).toMatchObject({ ok: false, reason: 'version' });
  });

  it('refuses a message without a body, and one with two', () => {
    expect(reason(raw({}))).toBe('malformed');
    expect(reason(raw({ leave: example('leave'), release: example('release') }))).toBe('malformed');
    const twice = Buffer.concat([encodeFrame(example('leave')), encodeFrame(example('leave'))]);
    expect(reason(decodeFrame(twice))).toBe('malformed');
  });

  it('refuses a message that is cut off anywhere', () => {
    const bytes = encodeFrame(example('begin'));
    for (let end = 0; end < bytes.length; end += 1) expect(decodeFrame(bytes.subarray(0, end)).ok).toBe(false);
  });

  it('refuses groups nested without end, and lengths past the end', () => {
    expect(reason(decodeFrame(new Uint8Array(100_000).fill(0x9b)))).toBe('malformed');
    expect(reason(decodeFrame(Uint8Array.from([0x08, 0x01, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f])))).toBe('malformed');
  });

  it('refuses messages over the limit, by type', () => {
    expect(reason(decodeFrame(new Uint8Array(LIMITS.frameBytes + 1)))).toBe('oversized');
    const failed = { ...example('failed'), message: 'x'.repeat(LIMITS.smallFrameBytes) };
    expect(reason(raw({ failed }))).toBe('oversized');
  });

  it('refuses values that do not have their checksum', () => {
    const part = example('part');
    expect(reason(raw({ part: { ...part, checksum: crc32(part.values) ^ 1 } }))).toBe('checksum');
    const bytes = Uint8Array.from(encodeFrame(part));
    bytes[bytes.length - 1]! ^= 0x10;
    expect(reason(decodeFrame(bytes))).toBe('checksum');
  });

  it('refuses integers over 2^53', () => {
    // Field 2 of Release as a varint of 2^53 + 1, which as a number would be 2^53.
    const body = [0x0a, 0x01, 0x6a, 0x10, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    const result = decodeFrame(Uint8Array.from([0x08, 0x01, 0x72, body.length, ...body]));
    expect(result).toMatchObject({ ok: false, reason: 'field', detail: expect.stringContaining('term') });
  });

  const part = example('part');
  const begin = example('begin');
  const wrongParts: [string, Partial<Record<keyof PartFrame, unknown>>][] = [
    ['a worker with a dot', { worker: 'a.b' }],
    ['a worker that is a wildcard', { worker: '*' }],
    ['no worker', { worker: '' }],
    ['a worker of 65 characters', { worker: 'w'.repeat(65) }],
    ['a job that is a path', { job: '../x' }],
    ['a level over 31', { level: 32 }],
    ['an index past the last slice', { index: 2 ** 20 }],
    ['a chunk past the last', { chunk: 3, chunks: 3 }],
    ['no chunks', { chunk: 0, chunks: 0 }],
    ['too many chunks', { chunks: 65_537 }],
    ['half a float', { values: new Uint8Array(6) }],
    ['no values', { values: new Uint8Array(0) }],
    ['values over the limit', { values: new Uint8Array(LIMITS.chunkBytes + 4) }],
    ['counts before the last chunk', { chunk: 0, chunks: 3 }],
  ];
  it.each(wrongParts)('refuses a part with %s', (_what, change) => {
    const values = (change.values ?? part.values) as Uint8Array;
    expect(reason(raw({ part: { ...part, ...change, checksum: crc32(values) } }))).toBe('field');
  });

  const range = begin.ranges[0]!;
  const wrongBegins: [string, Partial<Record<keyof BeginFrame, unknown>>][] = [
    ['an unknown kind of round', { kind: 3 }],
    ['an unspecified kind of round', { kind: 0 }],
    ['an unknown split', { split: 'all' }],
    ['no samples', { samples: [] }],
    ['too many samples', { samples: new Array(2 ** 20 + 1).fill(1) }],
    ['an empty range', { ranges: [{ ...range, first: 3, end: 3 }] }],
    ['a range backwards', { ranges: [range, { ...range, first: 4, end: 3 }] }],
    ['a range past the last slice', { ranges: [{ ...range, end: 2 ** 20 + 1 }] }],
  ];
  it.each(wrongBegins)('refuses a begin with %s', (_what, change) => {
    expect(reason(raw({ begin: { ...begin, kind: 1, ...change } }))).toBe('field');
  });

  it('names the field, and not its content', () => {
    const result = raw({ prepared: { ...example('prepared'), canary: 'secret' } });
    expect(result).toEqual({ ok: false, reason: 'field', detail: 'prepared: canary must be 64 hexadecimal digits' });
  });

  it('refuses text that could forge a line in a log', () => {
    expect(reason(raw({ failed: { ...example('failed'), message: 'a\nERROR b' } }))).toBe('field');
    expect(reason(raw({ hello: { ...example('hello'), host: 'a\u001b[2J' } }))).toBe('field');
  });
});
