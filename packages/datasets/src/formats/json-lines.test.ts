import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converted, makeFolder, put } from '../testing/files.js';

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
const jsonl = (...lines: (string | object)[]) =>
  put(
    folder,
    `${(files += 1)}.jsonl`,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  );

describe('JSON lines', () => {
  it('may hold arrays, of several axes too', async () => {
    const path = await jsonl(
      {
        features: [
          [1, 2],
          [3, 4],
        ],
        label: 'b',
      },
      '',
      {
        features: [
          [5, 6],
          [7, 8],
        ],
        label: 'a',
      },
    );
    const { manifest, x, y } = await converted('jsonl', path);
    expect(manifest.features.shape).toEqual([2, 2]);
    expect(x['train']).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    expect(y['train']?.flat()).toEqual([1, 0]);
  });

  it('may hold named features, in any order, with categories and gaps', async () => {
    const path = await jsonl(
      { features: { size: 1, colour: 'red', old: true }, label: 0.5 },
      { features: { old: false, colour: null, size: 3 }, label: 1.25 },
    );
    const { manifest, x, y } = await converted('jsonl', path, { missing: 'mean' });
    expect(manifest.features.names).toEqual(['size', 'colour=red', 'old=false', 'old=true']);
    expect(x['train']).toEqual([
      [1, 1, 0, 1],
      [3, 1, 1, 0],
    ]);
    expect([manifest.labels.kind, y['train']]).toEqual(['values', [[0.5], [1.25]]]);
  });

  const first = { features: [1, 2], label: 'a' };
  it.each([
    [[], /is empty/],
    [['{"features": [1, 2], "label": "a"'], /line 1: is not valid JSON/],
    [[first, 'null'], /line 2: is not of the form/],
    [[first, { features: [1, 2] }], /line 2: is not of the form/],
    [[first, { ...first, more: 1 }], /line 2: is not of the form/],
    [[first, { features: [1], label: 'b' }], /line 2: the features are not of \[2\]/],
    [[first, { features: { a: 1 }, label: 'b' }], /line 2: the features have names/],
    [[first, { features: [1, [2]], label: 'b' }], /line 2: feature 1 is an array/],
    [[first, { features: [1, 2], label: ['b'] }], /line 2: the label is an array/],
    [[first, { features: [1, null], label: 'b' }], /line 2: there is no value/],
    [[first, '{"features": [1, 1e999], "label": "b"}'], /line 2: "Infinity" is not a finite number/],
    [[first, first], /one class only/],
    [[{ features: { a: 1 }, label: 1 }, '{"features": {"a": 1, "__proto__": 2}, "label": 2}'], /not in the first line/],
  ])('are refused: %j', async (lines, message) => {
    await expect(converted('jsonl', await jsonl(...lines))).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringMatching(message),
    });
  });
});
