import type { DatasetManifest, DatasetPreview } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { recordOutput } from '../testing/fake-programs.js';
import { parseAddress } from './address.js';
import { createImportDisplay } from './import-display.js';
import { renderPreview } from './preview.js';
import { renderDatasets, renderManifest } from './render-manifest.js';

const wine: DatasetManifest = {
  name: 'wine',
  version: 2,
  features: { shape: [3], dtype: 'float32', offset: [1, 0, 0], scale: [2, 1, 1], names: ['acid', 'c=red', 'c=white'] },
  labels: { kind: 'classes', classNames: ['dry', 'sweet'] },
  rowsPerShard: 10,
  splits: { train: { count: 1200, shards: [] }, test: { count: 300, shards: [] } },
  source: 'made up',
  statistics: { classCounts: { train: [700, 500], test: [200, 100] }, filled: { acid: 3 } },
  columns: [
    { name: 'acid', kind: 'numeric', fill: 0.5 },
    { name: 'c', kind: 'categorical', categories: ['red', 'white'] },
  ],
  createdAt: '2026-01-31T12:00:00.000Z',
};

describe('a dataset', () => {
  it('is a line in a list', () => {
    expect(renderDatasets([wine]).split('\n')[1]).toBe(
      'wine        2  1,200 train · 300 test  3 float32  2 classes  2026-01-31 12:00',
    );
    expect(renderDatasets([])).toBe('');
  });

  it('is printed with its splits, columns and what was filled', () => {
    const text = renderManifest(wine);
    for (const part of [
      'wine@2',
      '1,200 samples: 700, 500 of each class',
      'acid; missing: 0.5',
      'c: red, white',
      'acid 3',
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/content +[0-9a-f]{64}/);
  });

  it('says how large the numbers are that are to be learned', () => {
    const statistics = { targets: [{ mean: 152.5, deviation: 77, minimum: 25, maximum: 346 }] };
    const text = renderManifest({ ...wine, labels: { kind: 'values', names: ['price', 'size'] }, statistics });
    expect(text).toContain('numbers: price (25.000 to 346.000, mean 152.500, deviation 77.000), size');
  });

  it('is named with its version or without', () => {
    expect(parseAddress('wine@12')).toEqual({ name: 'wine', version: 12 });
    expect(parseAddress('a.b-c_d')).toEqual({ name: 'a.b-c_d', version: undefined });
    for (const wrong of ['', '@1', 'wine@', 'wine@0', 'wine@x', 'Wine', '../wine', 'wine@1@2']) {
      expect(() => parseAddress(wrong)).toThrow(/names no dataset/);
    }
  });
});

describe('a preview', () => {
  const preview: DatasetPreview = { name: 'toy', version: 1, split: 'train', shape: [2], samples: [] };

  it('is a table of rows with what is to be learned', async () => {
    const samples = [
      { number: 0, label: [0.5], row: [1, 'red'] },
      { number: 1, label: [22], row: [2.25, null] },
    ];
    const text = await renderPreview(
      { ...preview, columns: ['size', 'colour'], targets: ['price'], samples },
      Infinity,
    );
    expect(text.split('\n')).toEqual([
      'train  size   colour  → price',
      '0      1      red     0.500',
      '1      2.250  –       22.000',
    ]);
    const values = Array.from({ length: 20 }, (_, index) => index);
    expect(await renderPreview({ ...preview, samples: [{ number: 0, label: 'a', values }] }, Infinity)).toContain(
      '10 11 …  a',
    );
  });

  it('of a wide table has what fits into the terminal, and always what is to be learned', async () => {
    const columns = Array.from({ length: 30 }, (_, index) => `c${index}`);
    const samples = [{ number: 0, label: [0.5], row: columns.map(() => 0.25) }];
    const [header, row, note] = (await renderPreview({ ...preview, columns, targets: ['price'], samples }, 80)).split(
      '\n',
    );
    expect(header).toMatch(/^train {2}c0 .* … {2}→ price$/);
    expect([header?.length, row?.length].every((length) => (length ?? 0) <= 80)).toBe(true);
    expect(note).toMatch(/^… 2\d columns are left out/);
  });

  it('draws pictures with letters', async () => {
    // 4 pixels wide and 8 high, the upper half black, the lower white.
    const picture =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAQAAAAICAAAAAD7WAHZAAAAEklEQVR4nGNgwAL+////H40AAJ+ID/HPhrG2AAAAAElFTkSuQmCC';
    const text = await renderPreview(
      {
        ...preview,
        shape: [8, 4, 1],
        samples: [{ number: 0, label: 'half', picture }],
      },
      80,
    );
    const lines = text.split('\n');
    expect([lines[0], lines[1], lines.at(-1), lines.length]).toEqual(['0: half', '', '@@@@@@@@', 9]);
  });
});

describe('the progress of an import', () => {
  it('is a line each quarter where lines cannot be drawn over, and nothing for small ones', () => {
    const output = recordOutput();
    const display = createImportDisplay(output);
    display.reading(100);
    display.read(100);
    for (let sample = 1; sample <= 20_000; sample += 1) display.converted(sample, 20_000);
    expect(output.said).toEqual([
      'imported 5,056 of 20,000 samples',
      'imported 10,048 of 20,000 samples',
      'imported 15,040 of 20,000 samples',
      'imported 20,000 of 20,000 samples',
    ]);
  });
});
