import { describe, expect, it } from 'vitest';
import { readTable } from './table-rows.js';

describe('A table', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '\uFEFFa,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a\n"x, ""y""\nz"\n', [['a'], ['x, "y"\nz']]],
    [
      'a,b\n,\n\n1,',
      [
        ['a', 'b'],
        ['', ''],
        ['1', ''],
      ],
    ],
    ['', []],
  ])('of %j has its rows.', (text, rows) => {
    expect(readTable(text, ',')).toEqual(rows);
  });

  it('may have tabs between its cells.', () => {
    expect(readTable('a\tb\n1,5\t2', '\t')).toEqual([
      ['a', 'b'],
      ['1,5', '2'],
    ]);
  });

  it('is refused for a quote that is never closed.', () => {
    expect(() => readTable('a\n"x', ',')).toThrow('quote');
  });
});
