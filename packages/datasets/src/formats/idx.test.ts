import { rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { converted, idx, makeFolder, put } from '../testing/files.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const pixels = Array.from({ length: 10 * 4 * 3 }, (_, index) => (index * 7) % 256);
const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];

async function putPair(prefix: string, pack = false): Promise<void> {
  const packed = (bytes: Buffer) => (pack ? gzipSync(bytes) : bytes);
  const end = pack ? '.gz' : '';
  await put(folder, `${prefix}-images-idx3-ubyte${end}`, packed(idx([10, 4, 3], pixels)));
  await put(folder, `${prefix}-labels-idx1-ubyte${end}`, packed(idx([10], labels)));
}

describe('IDX files', () => {
  it('are found in a folder by the names that MNIST has, packed or not', async () => {
    await putPair('train', true);
    await putPair('t10k');
    const { manifest, x, y } = await converted('idx', folder);
    expect(manifest.features).toEqual({ shape: [4, 3, 1], dtype: 'uint8', offset: 0, scale: 1 / 255 });
    expect(manifest.image).toEqual({ height: 4, width: 3, channels: 1 });
    expect(manifest.labels).toEqual({ kind: 'classes', classNames: ['0', '1', '2'] });
    expect(x['train']?.flat()).toEqual(pixels);
    expect(y['test']?.flat()).toEqual(labels);
  });

  it('can be named one by one, in any order, and are split then', async () => {
    const one = await put(folder, 'a', idx([10], labels));
    const two = await put(folder, 'b', idx([10, 4, 3], pixels));
    const inputs = [{ split: undefined, paths: [one, two] }];
    const options = { shares: [{ split: 'test', share: 0.4 }], classNames: ['shirt', 'shoe', 'hat'] };
    const { manifest } = await converted('idx', inputs, options);
    expect(manifest.statistics?.classCounts).toEqual({ train: [2, 2, 2], test: [2, 1, 1] });
    expect(manifest.labels).toMatchObject({ classNames: ['shirt', 'shoe', 'hat'] });
  });

  const sound = idx([10, 4, 3], pixels);
  it.each([
    ['other first bytes', Buffer.from('PK\x03\x04 and so on'), /is no IDX file/],
    ['an empty file', Buffer.alloc(0), /is no IDX file/],
    ['a header cut off', sound.subarray(0, 9), /cut off in its header/],
    ['samples cut off', sound.subarray(0, sound.length - 5), /is cut off: it says 10 samples and has 9/],
    ['more than it says', Buffer.concat([sound, Buffer.alloc(1)]), /longer than the 10 samples/],
    ['a dimension of zero', idx([10, 0, 3], []), /a dimension of 0/],
    ['dimensions that overflow', idx([10, 2 ** 32 - 1, 2 ** 32 - 1], []), /a dimension of 4294967295/],
    ['another number of samples', idx([9, 4, 3], pixels.slice(12)), /has 9 samples/],
    ['an unknown type', idx([10, 4, 3], pixels, 7), /is no IDX file/],
    ['values that are not finite', idx([10, 1], Array(40).fill(255), 0x0d), /not finite/],
  ])('are refused with %s', async (_what, images, message) => {
    const paths = [await put(folder, 'a', images), await put(folder, 'b', idx([10], labels))];
    await expect(converted('idx', [{ split: undefined, paths }])).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['one class only', idx([10], Array(10).fill(3)), /one class only/],
    ['a label out of range', idx([10], Array(40).fill(255), 0x0c), /label -1/],
    ['labels cut off', idx([10], labels).subarray(0, 15), /cut off/],
    ['labels of two dimensions', idx([10, 1], labels), /are not images .* and labels/],
  ])('are refused with %s', async (_what, bytes, message) => {
    const paths = [await put(folder, 'a', sound), await put(folder, 'b', bytes)];
    await expect(converted('idx', [{ split: undefined, paths }])).rejects.toThrow(message);
  });

  it('are refused as a folder without pairs, or as one file', async () => {
    await expect(converted('idx', folder)).rejects.toThrow(/no pair/);
    await expect(converted('idx', await put(folder, 'a', sound))).rejects.toThrow(/is one file/);
    await expect(converted('idx', join(folder, 'none'))).rejects.toThrow(/does not exist/);
  });
});
