import { describe, expect, it } from 'vitest';
import { datasetManifestSchema, manifestSha256, parseSplitReference, splitReferenceSchema } from './dataset.js';

const old = {
  name: 'digits',
  features: { shape: [8, 8, 1], dtype: 'uint8', offset: 0, scale: 1 / 16 },
  labels: { kind: 'classes', classNames: ['0', '1'] },
  rowsPerShard: 100,
  splits: { train: { count: 0, shards: [] } },
  source: 'made up',
} as const;
const manifest = datasetManifestSchema.parse(old);

function refusal(change: object): string {
  const result = datasetManifestSchema.safeParse({ ...old, ...change });
  return result.success ? '' : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join();
}

describe('a manifest', () => {
  it('that was written before there were versions is version 1', () => {
    expect(manifest.version).toBe(1);
  });

  it('may have an offset and a scale for each element of the last axis, and targets instead of classes', () => {
    const features = { shape: [3], dtype: 'float32', offset: [1, 2, 3], scale: [1, 1, 0.5], names: ['a', 'b', 'c'] };
    expect(refusal({ features, labels: { kind: 'values', names: ['price'] } })).toBe('');
  });

  it.each([
    [{ offset: [1, 2] }, 'features.offset: must have 3 elements'],
    [{ scale: [] }, 'features.scale'],
    [{ scale: Number.POSITIVE_INFINITY }, 'features.scale'],
    [{ names: ['a'] }, 'features.names: must have 3 elements'],
    [{ shape: [65_536, 65_536, 3] }, 'features.shape: a sample has more than'],
    [{ shape: [0, 3] }, 'features.shape.0'],
  ])('is refused with the features %j', (change, message) => {
    const features = { shape: [3], dtype: 'float32', offset: 0, scale: 1, ...change };
    expect(refusal({ features })).toContain(message);
  });

  it.each([{ version: 0 }, { version: 1.5 }, { createdAt: 'today' }, { labels: { kind: 'values', names: [] } }])(
    'is refused with %j',
    (change) => {
      expect(refusal(change)).not.toBe('');
    },
  );
});

describe('the hash of a manifest', () => {
  it('is of the content alone, whatever the order of keys, the name and the version', () => {
    const { name, ...rest } = manifest;
    const same = { ...rest, name: `${name}-2`, version: 7, createdAt: '2026-01-31T12:00:00.000Z' };
    expect(manifestSha256(same)).toBe(manifestSha256(manifest));
    expect(manifestSha256(old as never)).toBe(manifestSha256(manifest));
    expect(manifestSha256({ ...manifest, rowsPerShard: 101 })).not.toBe(manifestSha256(manifest));
  });
});

describe('a split reference', () => {
  it('names a dataset, a version or none, and a split', () => {
    expect(parseSplitReference('mnist/train')).toEqual({ dataset: 'mnist', split: 'train' });
    expect(parseSplitReference('a.b_c-1@12/test-2')).toEqual({ dataset: 'a.b_c-1', version: 12, split: 'test-2' });
  });

  it.each(['mnist', 'mnist/', '/train', 'mnist@/train', 'mnist@0/train', 'mnist@1.5/train', 'a/b/c', '../x/y'])(
    'is not %j',
    (text) => {
      expect(splitReferenceSchema.safeParse(text).success).toBe(false);
      expect(() => parseSplitReference(text)).toThrow('names no split');
    },
  );
});
