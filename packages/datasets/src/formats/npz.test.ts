import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converted, makeFolder, npy, put, zip, type ZipEntry } from '../testing/files.js';

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
const npz = (entries: readonly ZipEntry[]) => put(folder, `${(files += 1)}.npz`, zip(entries));
const bytesOf = (values: Float32Array | Float64Array | Int32Array | BigInt64Array) => new Uint8Array(values.buffer);
const features = Float32Array.from({ length: 12 }, (_, index) => index / 2);
const x = { name: 'x.npy', data: npy('<f4', [6, 2], bytesOf(features)) };
const y = { name: 'y.npy', data: npy('<i8', [6], bytesOf(BigInt64Array.from([0n, 1n, 2n, 0n, 1n, 2n]))) };

describe('an NPZ file', () => {
  it.each([false, true])('is read, with deflate: %s', async (deflate) => {
    const path = await npz([
      { ...x, deflate },
      { ...y, deflate },
    ]);
    const { manifest, ...rows } = await converted('npz', path);
    expect(rows.x['train']?.flat()).toEqual([...features]);
    expect(rows.y['train']?.flat()).toEqual([0, 1, 2, 0, 1, 2]);
    expect(manifest.features.offset).toEqual([2.5, 3]);
    expect(manifest.labels).toEqual({ kind: 'classes', classNames: ['0', '1', '2'] });
  });

  it('has splits by its arrays’ names, bytes that stay bytes, and classes that need not begin at 0', async () => {
    const images = npy('|u1', [2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), false, 2);
    const labels = npy('<f8', [2], bytesOf(Float64Array.of(-1, 1)), false, 3);
    const names = ['x_train', 'x_test', 'y_train', 'y_test'];
    const path = await npz(
      names.map((name) => ({ name: `${name}.npy`, data: name.startsWith('x') ? images : labels })),
    );
    const { manifest, y: rows } = await converted('npz', path);
    expect(manifest.features).toMatchObject({ shape: [2, 2, 1], dtype: 'uint8' });
    expect(manifest.labels).toMatchObject({ classNames: ['-1', '1'] });
    expect(rows['test']).toEqual([[0], [1]]);
  });

  it('of real targets, in big-endian numbers too, is for regression', async () => {
    const big = Buffer.alloc(24 * 2);
    for (let index = 0; index < 6; index += 1) big.writeDoubleBE(index * 1.5, index * 8);
    const path = await npz([x, { name: 'target.npy', data: npy('>f8', [6], big.subarray(0, 48)) }]);
    const { manifest, y: rows } = await converted('npz', path);
    expect(manifest.labels).toEqual({ kind: 'values', names: ['y'] });
    expect(rows['train']?.flat()).toEqual([0, 1.5, 3, 4.5, 6, 7.5]);
  });

  const named = (data: Uint8Array): ZipEntry[] => [{ name: 'x.npy', data }, y];
  it.each<[string, ZipEntry[], RegExp]>([
    ['no counterpart', [x], /without its counterpart/],
    ['no known names', [{ ...x, name: 'a.npy' }], /no arrays x and y/],
    ['two of a name', [x, { ...x }, y], /two entries/],
    ['a name that leads elsewhere', [{ ...x, name: '../x.npy' }, y], /not a sound archive/],
    ['an absolute name', [{ ...x, name: '/x.npy' }, y], /not a sound archive/],
    ['something else than arrays', named(Buffer.from('hello')), /is no array of NumPy/],
    ['objects', named(npy('|O', [6], Buffer.alloc(8))), /holds \|O/],
    ['Fortran order', named(npy('<f4', [6, 2], bytesOf(features), true)), /Fortran/],
    ['too few values', named(npy('<f4', [6, 2], new Uint8Array(8))), /says to be of/],
    ['a shape that overflows', named(npy('<f4', [2 ** 52, 60_000], new Uint8Array(8))), /says to be of|shape/],
    ['an empty axis', named(npy('<f4', [6, 0], new Uint8Array(0))), /of the shape \(6, 0\)/],
    ['other numbers of rows', named(npy('<f4', [3, 4], bytesOf(features))), /has 3 rows/],
    [
      'NaN',
      named(npy('<f4', [6, 1], bytesOf(Float32Array.of(0, 1, 2, 3, Number.NaN, 5)))),
      /row 4 has values that are not finite/,
    ],
    ['one class', [x, { name: 'y.npy', data: npy('<i4', [6], bytesOf(new Int32Array(6))) }], /one class only/],
    ['a size that lies', [{ ...x, deflate: true, saidBytes: 400 }, y], /the archive has 400|sound archive/],
    [
      'a bomb',
      [{ name: 'x.npy', data: npy('|u1', [2 ** 27, 1], new Uint8Array(2 ** 27)), deflate: true }, y],
      /would unpack to/,
    ],
  ])('is refused with %s', async (_what, entries, message) => {
    await expect(converted('npz', await npz(entries))).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringMatching(message),
    });
  });

  it('is refused when it is cut off or no archive', async () => {
    const whole = zip([x, y]);
    for (const bytes of [whole.subarray(0, whole.length - 30), Buffer.from('hello'), Buffer.alloc(0)]) {
      await expect(converted('npz', await put(folder, 'cut.npz', bytes))).rejects.toThrow(/not a sound archive/);
    }
  });
});
