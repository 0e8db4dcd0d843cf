import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitRows } from './split-rows.js';

const cases = fc.record({
  rows: fc.array(fc.nat(4), { maxLength: 400 }),
  shares: fc.array(fc.double({ min: 0.01, max: 0.3, noNaN: true }), { maxLength: 3 }),
  seed: fc.nat(),
});

function deal({ rows, shares, seed }: { rows: number[]; shares: number[]; seed: number }): string[] {
  const counts = [0, 0, 0, 0, 0];
  for (const row of rows) counts[row]! += 1;
  const splitOf = splitRows(
    counts,
    shares.map((share, index) => ({ split: `s${index}`, share })),
    seed,
  );
  return rows.map(splitOf);
}

it('gives each split its share of each class, to the nearest row, and training at least one', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const dealt = deal(given);
      for (let one = 0; one < 5; one += 1) {
        const mine = dealt.filter((_, index) => given.rows[index] === one);
        if (mine.length > 0) expect(mine).toContain('train');
        for (const [index, share] of given.shares.entries()) {
          const got = mine.filter((split) => split === `s${index}`).length;
          expect(Math.abs(got - mine.length * share)).toBeLessThanOrEqual(mine.length > 10 ? 0.5 : 3);
        }
      }
    }),
  );
});

it('is a function of the seed, and another seed deals otherwise', () => {
  const rows = Array.from({ length: 300 }, (_, index) => index % 3);
  const shares = [0.2];
  expect(deal({ rows, shares, seed: 1 })).toEqual(deal({ rows, shares, seed: 1 }));
  expect(deal({ rows, shares, seed: 2 })).not.toEqual(deal({ rows, shares, seed: 1 }));
});

it('chooses rows from the whole of a class, each about equally often', () => {
  const hits = Array<number>(20).fill(0);
  const rows = Array<number>(20).fill(0);
  for (let seed = 0; seed < 1000; seed += 1) {
    for (const [index, split] of deal({ rows, shares: [0.25], seed }).entries())
      if (split !== 'train') hits[index]! += 1;
  }
  for (const count of hits) expect(Math.abs(count - 250)).toBeLessThan(80);
});
