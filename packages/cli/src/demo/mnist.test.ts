import { createHash } from 'node:crypto';
import { datasetManifestSchema, readSafetensors, type SafeTensor } from '@lockstep/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { convertMnist, type DatasetFiles } from './mnist.js';

let files: DatasetFiles;
beforeAll(async () => {
  files = await convertMnist();
});

function tensorsOf(split: string, name: string): SafeTensor[] {
  return (files.manifest.splits[split]?.shards ?? []).flatMap(({ sha256 }) => {
    const bytes = files.shards.get(sha256);
    const tensor = bytes === undefined ? undefined : readSafetensors(bytes).tensors.get(name);
    return tensor === undefined ? [] : [tensor];
  });
}

describe('the digits of the demo', () => {
  it('are a valid dataset of 8,000 and 2,000 in shards of 2,000', () => {
    expect(datasetManifestSchema.parse(files.manifest)).toEqual(files.manifest);
    const { train, test } = files.manifest.splits;
    expect([train?.count, test?.count]).toEqual([8000, 2000]);
    expect(train?.shards.map(({ count }) => count)).toEqual([2000, 2000, 2000, 2000]);
    expect(files.manifest.source).toContain('MIT');
  });

  it('are named by the hash of their bytes', () => {
    const shards = Object.values(files.manifest.splits).flatMap((split) => split.shards);
    expect(new Set(shards.map(({ sha256 }) => sha256)).size).toBe(5);
    for (const { sha256, bytes } of shards) {
      const content = files.shards.get(sha256) ?? new Uint8Array();
      expect(content.length).toBe(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
  });

  it('are pixels and class numbers of the promised shapes', () => {
    for (const tensor of [...tensorsOf('train', 'x'), ...tensorsOf('test', 'x')]) {
      expect([tensor.dtype, tensor.shape]).toEqual(['U8', [2000, 28, 28, 1]]);
    }
    for (const tensor of tensorsOf('test', 'y')) expect([tensor.dtype, tensor.shape]).toEqual(['I32', [2000]]);
  });

  it.each([
    ['train', 8000],
    ['test', 2000],
  ])('have every class about equally often in %s', (split, count) => {
    const counts = Array<number>(10).fill(0);
    for (const { data } of tensorsOf(split, 'y')) for (const label of data) counts[label] = (counts[label] ?? 0) + 1;
    expect(counts.reduce((total, value) => total + value)).toBe(count);
    for (const value of counts) expect(value / count).toBeGreaterThan(0.07);
    for (const value of counts) expect(value / count).toBeLessThan(0.13);
  });

  it('never change, since every published accuracy depends on them', () => {
    const names = Object.values(files.manifest.splits).flatMap((split) => split.shards.map(({ sha256 }) => sha256));
    expect(createHash('sha256').update(names.join()).digest('hex')).toMatchInlineSnapshot(
      `"e453f116efae6a0139fb8feebed96aebf8de395f2b8aef7ce48288f851f8d608"`,
    );
  });
});
