import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelVersion } from '@lockstep/core';
import { afterAll, describe, expect, it } from 'vitest';
import { recordOutput } from '../testing/fake-programs.js';
import { readInstanceFile } from './instance-files.js';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-instances-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A picture of one pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

function model(features: object): ModelVersion {
  const none = { names: null, columns: null, image: null, dtype: 'float32' };
  return { name: 'toy', features: { ...none, ...features } } as unknown as ModelVersion;
}

const table = model({ shape: [2], names: ['a', 'b'] });
const pictures = model({ shape: [2, 2, 1], dtype: 'uint8', image: { height: 2, width: 2, channels: 1 } });

describe('A file that a model is asked about', () => {
  it('is a picture, which gets the size and the colours of those that it was trained on.', async () => {
    const [found, ...more] = await readInstanceFile(
      file('a.png', Buffer.from(PNG, 'base64')),
      pictures,
      recordOutput(),
    );
    expect(more).toEqual([]);
    const pixels = found?.instance as number[];
    expect(pixels).toHaveLength(4);
    expect(new Set(pixels).size).toBe(1);
  });

  it('is a table, of which the model gets the columns that it knows.', async () => {
    const output = recordOutput();
    const found = await readInstanceFile(file('a.csv', 'b,label,a\n1.5,x,2\n,y,?\n'), table, output);
    expect(found.map(({ instance }) => instance)).toEqual([
      { a: '2', b: '1.5' },
      { a: '?', b: '' },
    ]);
    expect(output.said.join()).toContain('does not look at: label');
  });

  it.each([
    ['a.csv', 'a;b\r\n1;"2"\r\n\r\n'],
    ['a.tsv', '\uFEFF"a"\tb\n1\t2'],
  ])('is a table with the separators that an import finds: %s', async (name, text) => {
    const found = await readInstanceFile(file(name, text), table, recordOutput());
    expect(found.map(({ instance }) => instance)).toEqual([{ a: '1', b: '2' }]);
  });

  it('is no table with a row that is too short, or a quote that is never closed.', async () => {
    for (const text of ['a,b\n1\n', 'a,b\n1,"2\n']) {
      const reading = readInstanceFile(file('a.csv', text), table, recordOutput());
      await expect(reading).rejects.toMatchObject({ code: 'INVALID_DATASET' });
    }
  });

  it.each(['[[1,2],[3,4]]', '{"instances": [[1,2],[3,4]]}'])('is JSON: %s', async (text) => {
    const found = await readInstanceFile(file('a.json', text), table, recordOutput());
    expect(found.map(({ instance }) => instance)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('is refused where it is none that the model can be asked about.', async () => {
    const output = recordOutput();
    const png = file('b.png', Buffer.from(PNG, 'base64'));
    for (const [name, asked] of [
      [png, table],
      [file('b.csv', 'a\n1'), pictures],
      [file('b.json', '{'), table],
      [folder, pictures],
    ] as const) {
      await expect(readInstanceFile(name, asked, output)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    }
    await expect(readInstanceFile(join(folder, 'no.json'), table, output)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
