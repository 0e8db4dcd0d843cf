import { rm, symlink } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converted, makeFolder, put } from '../testing/files.js';

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
const csv = (text: string | Uint8Array) => put(folder, `${(files += 1)}.csv`, text);
const flowers = 'width,colour,kind\n1,red,rose\n2,blue,iris\n3,red,rose\n5,white,iris\n';

describe('a CSV file', () => {
  it('becomes numbers, one-hot categories and classes', async () => {
    const { manifest, x, y } = await converted('csv', await csv(flowers), { labels: ['kind'] });
    expect(manifest.features).toMatchObject({
      shape: [4],
      dtype: 'float32',
      names: ['width', 'colour=blue', 'colour=red', 'colour=white'],
    });
    expect(manifest.labels).toEqual({ kind: 'classes', classNames: ['iris', 'rose'] });
    expect(x['train']).toEqual([
      [1, 0, 1, 0],
      [2, 1, 0, 0],
      [3, 0, 1, 0],
      [5, 0, 0, 1],
    ]);
    expect(y['train']).toEqual([[1], [0], [1], [0]]);
    expect(manifest.statistics?.classCounts).toEqual({ train: [2, 2] });
    expect(manifest.columns).toEqual([
      { name: 'width', kind: 'numeric' },
      { name: 'colour', kind: 'categorical', categories: ['blue', 'red', 'white'] },
    ]);
  });

  it('is normalised by mean and deviation of its training rows, but not where it is 0 or 1 already', async () => {
    const rows = Array.from(
      { length: 50 },
      (_, index) => `${1e6 + index},7,${index % 2 === 0 ? 'a' : 'b'},${index % 2}`,
    );
    const path = await csv(`big,constant,text,y\n${rows.join('\n')}\n`);
    const { manifest, x } = await converted('csv', path, { labels: ['y'], shares: [{ split: 'test', share: 0.2 }] });
    const big = x['train']!.map(([value]) => value!);
    const mean = big.reduce((sum, value) => sum + (value - 1e6), 0) / big.length;
    const deviation = Math.sqrt(big.reduce((sum, value) => sum + (value - 1e6 - mean) ** 2, 0) / big.length);
    const { offset, scale } = manifest.features as { offset: number[]; scale: number[] };
    expect(offset[0]! - 1e6).toBeCloseTo(mean, 5);
    expect(1 / scale[0]!).toBeCloseTo(deviation, 3);
    expect([offset.slice(1), scale.slice(1)]).toEqual([
      [7, 0, 0],
      [1, 1, 1],
    ]);
  });

  it('may have a byte order mark, CRLF, quotes, other separators, empty lines and be packed', async () => {
    const text = '\ufeffa;"b ""x"" ;";y\r\n1;"2,5";no\r\n\r\n3;"4;5";"yes"\r\n5;"2,5";yes';
    const path = await put(folder, 'odd.csv.gz', gzipSync(text));
    const { manifest } = await converted('csv', path, { labels: ['y'] });
    expect(manifest.columns?.map(({ name }) => name)).toEqual(['a', 'b "x" ;']);
    expect(manifest.columns?.[1]).toMatchObject({ categories: ['2,5', '4;5'] });
    expect(manifest.splits['train']?.count).toBe(3);
  });

  it('may end its lines as the old Macintosh did, and have lines within quotes', async () => {
    const { x, y } = await converted('csv', await csv('a,y\r1,p\r2,q\r'), { labels: ['y'] });
    expect([x['train'], y['train']]).toEqual([
      [[1], [2]],
      [[0], [1]],
    ]);
    const path = await csv('a,y\n1,"p\nq"\n2,r\n');
    await expect(converted('csv', path, { labels: ['y'], categorical: [] })).resolves.toMatchObject({
      manifest: { labels: { classNames: ['p\nq', 'r'] } },
    });
    await expect(converted('csv', await csv('a,y\n1,"p\nq"\n2,r,s\n'), { labels: ['y'] })).rejects.toThrow(
      /line 4: has 3/,
    );
  });

  it('is read the same wherever its pieces are cut', async () => {
    const rows = Array.from({ length: 9000 }, (_, row) => `${row},"a ""b"" ${'é,'.repeat(row % 40)}",${row % 2}`);
    const path = await csv(`n,"te\nxt",y\n${rows.join('\r\n')}`);
    const { x } = await converted('csv', path, { labels: ['y'], ignored: [], categorical: ['te\nxt'] });
    expect(x['train']?.map(([first]) => first)).toEqual(rows.map((_, row) => row));
    expect(x['train']?.every((row) => row.slice(1).reduce((sum, one) => sum + one) === 1)).toBe(true);
  });

  it('gives numbers to learn when they are many, several or asked for', async () => {
    const many = Array.from({ length: 60 }, (_, index) => `${index},${index * 1.5},${index % 3}`).join('\n');
    const path = await csv(`x,price,rooms\n${many}\n`);
    const kinds = await Promise.all([
      converted('csv', path, { labels: ['price'] }),
      converted('csv', path, { labels: ['rooms'] }),
      converted('csv', path, { labels: ['rooms'], task: 'regression' }),
      converted('csv', path, { labels: ['price', 'rooms'] }),
    ]);
    expect(kinds.map(({ manifest }) => manifest.labels.kind)).toEqual(['values', 'classes', 'values', 'values']);
    expect(kinds[3]?.y['train']?.[2]).toEqual([3, 2]);
    expect(kinds[2]?.manifest.statistics?.targets?.[0]).toMatchObject({
      mean: expect.closeTo(1, 9),
      minimum: 0,
      maximum: 2,
    });
  });

  it('can be two files, of which the second follows the first', async () => {
    const train = await csv(flowers);
    const test = await csv('width,colour,kind\n9,blue,rose\n');
    const parts = (path: string) => [
      { split: 'test', paths: [path] },
      { split: 'train', paths: [train] },
    ];
    const { manifest, x } = await converted('csv', parts(test), { labels: ['kind'] });
    expect(x['test']).toEqual([[9, 1, 0, 0]]);
    expect(Object.keys(manifest.splits)).toEqual(['train', 'test']);
    const other = parts(await csv('width,colour,kind\n9,green,rose\n'));
    await expect(converted('csv', other, { labels: ['kind'] })).rejects.toThrow(
      /line 2: the column "colour" "green" is not one of/,
    );
    const header = parts(await csv('a,b,kind\n9,green,rose\n'));
    await expect(converted('csv', header, { labels: ['kind'] })).rejects.toThrow(/other columns/);
  });
});

describe('values that are missing', () => {
  const gaps = 'a,c,y\n1,u,p\n,u,q\n3,,p\n5,v,q\n';

  it('are refused with row and column', async () => {
    await expect(converted('csv', await csv(gaps), { labels: ['y'] })).rejects.toThrow(
      /column "a", line 3: there is no value/,
    );
  });

  it.each([
    [
      'mean',
      [
        [1, 1, 0],
        [3, 1, 0],
        [3, 1, 0],
        [5, 0, 1],
      ],
    ],
    [
      'zero',
      [
        [1, 1, 0],
        [0, 1, 0],
        [3, 0, 0],
        [5, 0, 1],
      ],
    ],
    [
      'drop',
      [
        [1, 1, 0],
        [5, 0, 1],
      ],
    ],
  ] as const)('are dealt with as said: %s', async (missing, rows) => {
    const { x, manifest } = await converted('csv', await csv(gaps), { labels: ['y'], missing });
    expect(x['train']).toEqual(rows);
    expect(manifest.statistics).toMatchObject(missing === 'drop' ? { dropped: 2 } : { filled: { a: 1, c: 1 } });
  });

  it('are never filled where they are to be learned', async () => {
    const path = await csv('a,y\n1,p\n2,\n3,q\n');
    await expect(converted('csv', path, { labels: ['y'], missing: 'mean' })).rejects.toThrow(/line 3.*to be learned/);
    expect((await converted('csv', path, { labels: ['y'], missing: 'drop' })).manifest.splits['train']?.count).toBe(2);
  });
});

describe('a CSV file is refused', () => {
  it.each([
    ['', /is empty/],
    ['a,y\n', /no rows/],
    ['a,a,y\n1,2,3\n', /two columns are called "a"/],
    ['a,,y\n1,2,3\n', /column 2 has no name/],
    ['a,y\n1,p\n2,q,r\n', /line 3: has 3 cells, the header 2/],
    ['a,y\n1,p\n"2,q\n', /line \d+/],
    ['a,y\n1,p\n2,p\n', /samples of one class only/],
    ['a,y\n1,p\ninf,q\n', /column "a", line 3: "inf" is not a finite number/],
    ['a,y\n1,p\n1e39,q\n', /line 3: "1e39" is not a finite number/],
    ['a,z\n1,p\n', /there is no column "y"/],
    ['y\np\nq\n', /no column is left/],
    ['a,y\n1,p\n2,"q" r\n', /line 3: .* beside a quote/],
    ['a,y\n1,p\n2,q"r\n', /line 3: .* beside a quote/],
    [Buffer.from([0x61, 0x2c, 0x79, 10, 0x31, 0x2c, 0xff, 10]), /line \d.*not UTF-8/],
    [`a,y\n${'1,p\n2,q\n'.repeat(20)}x,p\n`, /line 42: "x" is not a number, and most of the column is/],
    [`a,y\n${Array.from({ length: 300 }, (_, row) => `name ${row},${row % 2}`).join('\n')}`, /more than 100 different/],
    ['\0\0\0PK', /is no text|no column/],
    ['a,y\nNaN,p\n2,q\n', /line 2: there is no value/],
  ])('%#: %j', async (text, message) => {
    await expect(converted('csv', await csv(text), { labels: ['y'] })).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringMatching(message),
    });
  });

  it('when nobody says what to learn, naming the columns', async () => {
    await expect(converted('csv', await csv(flowers))).rejects.toMatchObject({
      hint: expect.stringContaining('width, colour, kind'),
    });
  });

  it('when it is not there, a folder, a device, cut off or a bomb', async () => {
    const whole = gzipSync(flowers.repeat(100));
    const cut = await put(folder, 'cut.csv.gz', whole.subarray(0, whole.length - 20));
    const bomb = await put(
      folder,
      'bomb.csv.gz',
      gzipSync(Buffer.concat([Buffer.from('a,y\n'), Buffer.alloc(2 ** 27, `1,${'2'.repeat(4000)}\n`)])),
    );
    for (const [path, message] of [
      [join(folder, 'none.csv'), /does not exist/],
      [folder, /is a folder/],
      ['/dev/zero', /no ordinary file/],
      [cut, /is cut off/],
      [bomb, /unpacks to more than/],
    ] as const) {
      await expect(converted('csv', path, { labels: ['y'] })).rejects.toThrow(message);
    }
  });

  it('but may be named by a link', async () => {
    const link = join(folder, 'link.csv');
    await symlink(await csv(flowers), link);
    expect((await converted('csv', link, { labels: ['kind'] })).manifest.splits['train']?.count).toBe(4);
  });
});
