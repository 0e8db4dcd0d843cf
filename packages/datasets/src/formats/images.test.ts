import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { converted, makeFolder, put } from '../testing/files.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => rm(folder, { recursive: true }));

type Kind = 'png' | 'jpeg' | 'webp' | 'gif';
function picture(red: number, kind: Kind = 'png', side = 4): Promise<Buffer> {
  const create = { width: side, height: side, channels: 3, background: { r: red, g: 20, b: 30 } } as const;
  return sharp({ create }).toFormat(kind).toBuffer();
}

async function twoClasses(): Promise<void> {
  for (const name of ['a1', 'a2']) await put(folder, `apple/${name}.png`, await picture(200));
  for (const name of ['p1', 'p2']) await put(folder, `pear/${name}.png`, await picture(10));
}

describe('a folder of pictures', () => {
  it('has a class a folder; hidden and other files are left out', async () => {
    await twoClasses();
    await put(folder, 'apple/.DS_Store', 'x');
    await put(folder, 'pear/notes.txt', 'x');
    const { manifest, x, y, notes } = await converted('images', folder);
    expect(manifest.labels).toEqual({ kind: 'classes', classNames: ['apple', 'pear'] });
    expect(manifest.image).toEqual({ height: 4, width: 4, channels: 3 });
    expect(x['train']?.[0]?.slice(0, 3)).toEqual([200, 20, 30]);
    expect(y['train']?.flat()).toEqual([0, 0, 1, 1]);
    expect(notes.join()).toContain('1 files that are no pictures left out');
  });

  it('may have folders of splits, other kinds of pictures, and be made grey and of one size', async () => {
    for (const split of ['train', 'test']) {
      await put(folder, `${split}/a/1.jpg`, await picture(200, 'jpeg', 9));
      await put(folder, `${split}/a/2.webp`, await picture(200, 'webp', 5));
      await put(folder, `${split}/b/1.gif`, await picture(0, 'gif', 8));
    }
    const { manifest, x } = await converted('images', folder, { size: { height: 2, width: 3 }, colour: 'grey' });
    expect(Object.keys(manifest.splits)).toEqual(['train', 'test']);
    expect(manifest.features.shape).toEqual([2, 3, 1]);
    expect(x['test']?.map((row) => row.length)).toEqual([6, 6, 6]);
  });

  it('reads pictures with one channel, transparency, and as the camera says, turned', async () => {
    const grey = sharp(Uint8Array.of(0, 50, 100, 150), { raw: { width: 2, height: 2, channels: 1 } });
    await put(folder, 'a/1.png', await grey.toColourspace('b-w').png().toBuffer());
    const clear = {
      create: { width: 2, height: 2, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    } as const;
    await put(folder, 'b/1.png', await sharp(clear).png().toBuffer());
    const { x } = await converted('images', folder);
    expect(x['train']).toEqual([
      [0, 50, 100, 150],
      [0, 0, 0, 0],
    ]);
    const coloured = await converted('images', folder, { colour: 'colour' });
    expect(coloured.x['train']?.[0]?.slice(0, 6)).toEqual([0, 0, 0, 50, 50, 50]);
  });

  it('names a broken picture, or leaves it out when told to', async () => {
    await twoClasses();
    const whole = await picture(50, 'png', 64);
    await put(folder, 'pear/p3.png', whole.subarray(0, whole.length - 40));
    await put(folder, 'pear/p4.png', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
    await expect(converted('images', folder)).rejects.toThrow(/p3\.png/);
    const skipped: string[] = [];
    const { manifest } = await converted('images', folder, {
      skipBroken: true,
      size: { height: 4, width: 4 },
      onSkipped: (message) => void skipped.push(message),
    });
    expect(manifest.splits['train']?.count).toBe(4);
    expect(skipped.map((message) => /p\d\.png/.exec(message)?.[0])).toEqual(['p3.png', 'p4.png']);
  });

  it('refuses a picture that says to be larger than any that is meant', async () => {
    await twoClasses();
    const huge = { create: { width: 12_000, height: 12_000, channels: 3, background: 'black' } } as const;
    await put(folder, 'pear/p3.png', await sharp(huge).png({ compressionLevel: 1 }).toBuffer());
    await expect(converted('images', folder, { size: { height: 4, width: 4 } })).rejects.toThrow(
      /p3\.png.*pixel limit/s,
    );
  });

  it('refuses links, folders in a class, pictures of two sizes, one class and no pictures', async () => {
    await put(folder, 'apple/1.png', await picture(1));
    await expect(converted('images', folder)).rejects.toThrow(/one class only/);
    await put(folder, 'pear/1.png', await picture(1, 'png', 5));
    await expect(converted('images', folder)).rejects.toThrow(/1\.png is 5x5, other pictures 4x4/);
    await symlink('/etc/passwd', join(folder, 'pear/2.png'));
    await expect(converted('images', folder)).rejects.toThrow(/2\.png is a link/);
    await rm(join(folder, 'pear/2.png'));
    await mkdir(join(folder, 'pear/deeper'));
    await expect(converted('images', folder)).rejects.toThrow(/folder inside/);
    await expect(converted('images', join(folder, 'pear/deeper'))).rejects.toThrow(/has no folders/);
  });
});
