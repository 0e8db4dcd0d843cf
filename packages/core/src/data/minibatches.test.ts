import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochOrder, minibatch, splitTraining } from './minibatches.js';

describe('splitTraining', () => {
  test('holds out floor(count * fraction) samples, and every sample is in one of the two', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.double({ min: 0, max: 0.9, noNaN: true }), fc.nat(), (count, fraction, seed) => {
        const { train, validation } = splitTraining(count, fraction, seed);
        expect(validation.length).toBe(Math.floor(count * fraction));
        expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
        expect([...train]).toEqual([...train].sort((a, b) => a - b));
      }),
    );
  });

  test('depends on the seed', () => {
    expect(splitTraining(100, 0.5, 1)).toEqual(splitTraining(100, 0.5, 1));
    expect(splitTraining(100, 0.5, 1)).not.toEqual(splitTraining(100, 0.5, 2));
  });
});

describe('an epoch', () => {
  const { train } = splitTraining(103, 0.1, 5);

  test('visits every training sample once, in another order each time', () => {
    const first = epochOrder(train, 5, 0);
    const second = epochOrder(train, 5, 1);
    expect([...first].sort((a, b) => a - b)).toEqual([...train]);
    expect(first).not.toEqual(second);
    expect(epochOrder(train, 5, 0)).toEqual(first);
  });

  test('is cut into minibatches of which the last may be short', () => {
    const order = epochOrder(train, 5, 0);
    const batches = [0, 1, 2].map((index) => minibatch(order, 32, index));
    expect(batches.map((batch) => batch.length)).toEqual([32, 32, 29]);
    expect(batches.flatMap((batch) => [...batch])).toEqual([...order]);
    expect(batches[0]?.buffer).toBe(order.buffer);
  });
});
