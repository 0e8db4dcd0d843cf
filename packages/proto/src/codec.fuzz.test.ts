import { expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './codec.js';
import { exampleFrames } from './testing/example-frames.js';

/** A small seeded generator (mulberry32), so that a failure comes again. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof seeded>;
const encoded = exampleFrames().map((frame) => Uint8Array.from(encodeFrame(frame)));

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

const mutations: readonly ((random: Random, bytes: Uint8Array) => Uint8Array)[] = [
  function flip(random, bytes) {
    const flipped = Uint8Array.from(bytes);
    for (let flips = 1 + random(3); flips > 0; flips -= 1) flipped[random(bytes.length)]! ^= 1 << random(8);
    return flipped;
  },
  function cut(random, bytes) {
    return bytes.subarray(random(2) * random(bytes.length), random(bytes.length + 1));
  },
  function extend(random, bytes) {
    return Buffer.concat([bytes, randomBytes(random, 1 + random(12))]);
  },
  function splice(random, bytes) {
    const other = encoded[random(encoded.length)]!;
    return Buffer.concat([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))]);
  },
  function overwrite(random, bytes) {
    const written = Uint8Array.from(bytes);
    const at = random(bytes.length);
    written.set(randomBytes(random, Math.min(1 + random(10), bytes.length - at)), at);
    return written;
  },
];

/** Decodes, and holds what is accepted to giving the same frame again. Returns whether it was accepted. */
function decodeTwice(bytes: Uint8Array): boolean {
  const result = decodeFrame(bytes);
  if (!result.ok) {
    expect(result.detail).not.toBe('');
    return false;
  }
  expect(decodeFrame(encodeFrame(result.frame))).toEqual(result);
  return true;
}

it('never throws on random bytes', () => {
  const random = seeded(1);
  for (let i = 0; i < 10_000; i += 1) decodeTwice(randomBytes(random, random(200)));
});

it('never throws on random bytes after a valid version', () => {
  const random = seeded(2);
  for (let i = 0; i < 10_000; i += 1) {
    decodeTwice(Buffer.concat([Uint8Array.from([0x08, 0x01]), randomBytes(random, random(60))]));
  }
});

it('accepts of 10,000 mutated frames only such as can be sent again', () => {
  const random = seeded(3);
  let accepted = 0;
  for (let i = 0; i < 10_000; i += 1) {
    const mutate = mutations[random(mutations.length)]!;
    if (decodeTwice(mutate(random, encoded[random(encoded.length)]!))) accepted += 1;
  }
  // Both kinds must occur for the test to mean something.
  expect(accepted).toBeGreaterThan(100);
  expect(accepted).toBeLessThan(9_000);
});
