import { createHash } from 'node:crypto';
import type { Sample, Source } from '@lockstep/datasets';
import { beforeAll, describe, expect, it } from 'vitest';
import { openMnist } from './mnist.js';

let digits: Source;
beforeAll(async () => {
  digits = await openMnist();
});

async function samplesOf(split: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  const part = digits.parts.find((one) => one.split === split);
  for await (const sample of part?.samples() ?? []) samples.push(sample);
  return samples;
}

describe('the digits of the demo', () => {
  it('are 8,000 and 2,000 pictures of 28x28 bytes', async () => {
    expect(digits).toMatchObject({ shape: [28, 28, 1], dtype: 'uint8' });
    expect(digits.parts.map(({ split, count }) => [split, count])).toEqual([
      ['train', 8000],
      ['test', 2000],
    ]);
    for (const { x } of await samplesOf('test')) expect(x).toHaveLength(28 * 28);
  });

  it.each(['train', 'test'])('have every class about equally often in %s', async (split) => {
    const samples = await samplesOf(split);
    const counts = Array<number>(10).fill(0);
    for (const { y } of samples) counts[y as number]! += 1;
    expect(digits.parts.find((part) => part.split === split)?.classCounts).toEqual(counts);
    for (const value of counts) expect(value / samples.length).toBeGreaterThan(0.07);
    for (const value of counts) expect(value / samples.length).toBeLessThan(0.13);
  });

  it('never change, since every published accuracy depends on them', async () => {
    const hash = createHash('sha256');
    for (const split of ['train', 'test'])
      for (const { x, y } of await samplesOf(split)) hash.update(x as Uint8Array).update(String(y));
    expect(hash.digest('hex')).toMatchInlineSnapshot(
      `"099d259c73571da8edc926e06c0e6826dc9f9763869f19ad389174765268a329"`,
    );
  });
});
