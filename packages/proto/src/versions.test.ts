import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './codec.js';
import type { FrameType } from './frames.js';
import { VERSION_1_FRAMES } from './testing/version-1-frames.js';
import { agreeOnProtocol, isHandshake, PROTOCOL, rangeOf } from './versions.js';
import { BODY_NUMBERS } from './wire.js';

const range = (oldest: number, newest: number) => ({ oldest, newest });

/** Field 99 of the message, a varint. */
const UNKNOWN = Uint8Array.of(0x98, 0x06, 0x01);

/** A frame with something added to its body, as a later version writes it. */
function withBody(type: FrameType, body: Uint8Array, version: number): Uint8Array {
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  const number = BODY_NUMBERS[type];
  const tag = number < 16 ? [(number << 3) | 2] : [((number << 3) & 127) | 130, number >> 4];
  return Uint8Array.of(0x08, version, ...tag, ...length, ...body);
}

describe('a frame of version 1', () => {
  it.each(VERSION_1_FRAMES)('is read, and what came up later is zero: $frame.type', ({ frame, bytes }) => {
    expect(decodeFrame(bytes)).toEqual({ ok: true, frame });
  });

  // hello and welcome have got fields since; a program of version 1 passes over them.
  const unchanged = VERSION_1_FRAMES.filter(({ frame }) => !isHandshake(frame.type));
  it.each(unchanged)('is written as that version wrote it, to the byte: $frame.type', ({ frame, bytes }) => {
    expect(Buffer.from(encodeFrame(frame)).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
  });

  it('is what the handshake is written as, for whoever reads it', () => {
    for (const { frame } of VERSION_1_FRAMES.filter(({ frame }) => isHandshake(frame.type))) {
      expect([...encodeFrame(frame).subarray(0, 2)]).toEqual([0x08, 1]);
    }
  });
});

describe('a frame of a later version', () => {
  it('is read without the fields that are not known here, as long as its type is', () => {
    const leave = Uint8Array.of(0x0a, 1, 0x77, 0x12, 1, 0x73, ...UNKNOWN);
    expect(decodeFrame(withBody('leave', leave, 1))).toEqual({
      ok: true,
      frame: { type: 'leave', worker: 'w', session: 's' },
    });
  });

  it('is refused by its version when its type came up later, and not taken for damage', () => {
    const later = Uint8Array.of(0x08, PROTOCOL.newest + 1, 0xfa, 0x06, 0);
    expect(decodeFrame(later)).toMatchObject({ ok: false, reason: 'version' });
  });

  it('is read whatever its version is when it is the handshake, so that it can be answered', () => {
    const hello = Uint8Array.of(0x0a, 1, 0x77, 0x10, 9, 0x18, 1, 0x40, 10, ...UNKNOWN);
    for (const version of [0, 1, 9]) {
      expect(decodeFrame(withBody('hello', hello, version))).toMatchObject({
        ok: true,
        frame: { worker: 'w', protocol: 9, newestProtocol: 10 },
      });
    }
  });
});

describe('two programs agree', () => {
  it.each([
    // worker, coordinator, agreed
    [range(1, 1), range(1, 2), 1],
    [range(1, 2), range(1, 1), 1],
    [range(1, 2), range(2, 3), 2],
    [range(2, 3), range(2, 3), 3],
  ])('on the newest version that both speak: %j and %j', (worker, coordinator, version) => {
    expect(agreeOnProtocol(worker, coordinator)).toEqual({ version });
  });

  it.each([
    [range(1, 1), range(2, 3), 'the worker speaks protocol 1, the coordinator 2 to 3: update the worker'],
    [range(3, 4), range(1, 2), 'the worker speaks protocol 3 to 4, the coordinator 1 to 2: update the coordinator'],
    [range(0, 0), range(1, 2), 'the worker speaks protocol of no version, the coordinator 1 to 2: update the worker'],
  ])('not where there is none, and say which each speaks and what to do: %j and %j', (worker, coordinator, refusal) => {
    expect(agreeOnProtocol(worker, coordinator)).toEqual({ refusal });
  });

  it('on nothing with a worker of version 1, whose stores look otherwise', () => {
    const [{ frame }] = VERSION_1_FRAMES as [(typeof VERSION_1_FRAMES)[number]];
    if (frame.type !== 'hello') throw new TypeError('the first frame is a hello');
    expect(rangeOf(frame)).toEqual(range(1, 1));
    expect(agreeOnProtocol(rangeOf(frame), PROTOCOL)).toHaveProperty('refusal');
  });

  it('speak no more than their own version and the one before it', () => {
    expect(PROTOCOL.newest - PROTOCOL.oldest).toBeLessThanOrEqual(1);
  });
});
