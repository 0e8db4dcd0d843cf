import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inverseNormal, naturalLog, nextNormal, nextTruncatedNormal } from './normal.js';
import { philox4x32 } from './philox.js';
import { permutation } from './shuffle.js';
import { randomStream, sliceSeed, type RandomPurpose } from './stream.js';

describe('philox4x32', () => {
  // Known answers of Random123 1.09, kat_vectors, "philox4x32 10".
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('gives the published answer for counter %j and key %j', (counter, key, answer) => {
    expect(philox4x32(counter, key)).toEqual(answer);
  });
});

describe('randomStream', () => {
  test('gives the same numbers for the same seed, purpose and ids', () => {
    const draw = () =>
      Array.from(
        { length: 9 },
        (
          (s) => () =>
            s.nextUint32()
        )(randomStream(7, 'shuffle', 3)),
      );
    expect(draw()).toEqual(draw());
  });

  test('differs in every part of its identity', () => {
    const streams = [
      randomStream(7, 'shuffle', 3),
      randomStream(8, 'shuffle', 3),
      randomStream(7 + 2 ** 32, 'shuffle', 3),
      randomStream(7, 'dropout', 3),
      randomStream(7, 'shuffle', 4),
      randomStream(7, 'shuffle', 0, 3),
    ];
    expect(new Set(streams.map((stream) => stream.nextUint32())).size).toBe(streams.length);
  });

  test('never changes: these numbers are part of every stored result', () => {
    const purposes: RandomPurpose[] = [
      'shuffle',
      'initial-weights',
      'dropout',
      'validation-split',
      'dataset-split',
      'canary',
    ];
    const first = purposes.map((purpose) => randomStream(2 ** 53 - 1, purpose, 1, 2, 3).nextUint32());
    expect(first).toMatchInlineSnapshot(`
      [
        1937120986,
        326316767,
        4185463046,
        133699097,
        4165186177,
        1404852211,
      ]
    `);
    expect(sliceSeed(7, 412, 3)).toMatchInlineSnapshot(`
      [
        -701672770,
        -1786128224,
      ]
    `);
  });

  test('refuses seeds and ids that would fall together with others', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) expect(() => randomStream(seed, 'canary')).toThrow(/seed/);
    for (const id of [-1, 0.5, 2 ** 32]) expect(() => randomStream(0, 'canary', id)).toThrow(/ids/);
    expect(() => randomStream(0, 'canary', 1, 2, 3, 4)).toThrow(/ids/);
  });

  test('nextBelow stays below its bound and hits everything equally often', () => {
    const stream = randomStream(1, 'canary');
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let draw = 0; draw < 70_000; draw += 1) {
      const value = stream.nextBelow(7);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts).toHaveLength(7);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(() => stream.nextBelow(0)).toThrow(/bound/);
    expect(stream.nextBelow(2 ** 32)).toBeLessThan(2 ** 32);
  });

  test('uniform numbers keep to their ranges', () => {
    const stream = randomStream(2, 'canary');
    for (let draw = 0; draw < 10_000; draw += 1) {
      const uniform = stream.nextUniform();
      expect(uniform >= 0 && uniform < 1 && Math.fround(uniform) === uniform).toBe(true);
      const open = stream.nextOpenUniform();
      expect(open > 0 && open < 1).toBe(true);
    }
  });
});

describe('permutation', () => {
  test('has every number once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (count, seed) => {
        const order = permutation(count, randomStream(seed, 'shuffle'));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
    );
  });

  test('gives all six orders of three equally often', () => {
    const stream = randomStream(3, 'shuffle');
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw += 1) {
      const order = permutation(3, stream).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('normal numbers', () => {
  test('naturalLog agrees with Math.log to the last bits', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        const reference = Math.log(x);
        expect(Math.abs(naturalLog(x) - reference)).toBeLessThanOrEqual(4e-16 * Math.max(Math.abs(reference), 1e-3));
      }),
      { numRuns: 1000 },
    );
    expect(naturalLog(1)).toBe(0);
  });

  // Worked out elsewhere: bisection of 0.5 * erfc(-x / sqrt(2)) with Python's math.erfc.
  test.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.025, -1.959963984540054],
    [0.9, 1.2815515655446004],
    [0.0013498980316300933, -3],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798408],
    [1e-300, -37.0470962993612],
  ])('inverseNormal(%d) is %d', (p, x) => {
    expect(Math.abs(inverseNormal(p) - x)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(x)));
  });

  test('have the mean and the deviation of the distribution', () => {
    const moments = (next: () => number) => {
      const values = Array.from({ length: 50_000 }, next);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      return { mean, deviation, largest: Math.max(...values.map(Math.abs)) };
    };
    const stream = randomStream(4, 'canary');
    const normal = moments(() => nextNormal(stream));
    expect(normal.mean).toBeCloseTo(0, 1);
    expect(normal.deviation).toBeCloseTo(1, 1);
    const truncated = moments(() => nextTruncatedNormal(stream));
    expect(truncated.deviation).toBeCloseTo(0.8796, 1);
    expect(truncated.largest).toBeLessThanOrEqual(2);
  });
});
