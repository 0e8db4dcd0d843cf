import { describe, expect, it } from 'vitest';
import { renderFittingTable, renderTable } from './table.js';

const right = (column: number): boolean => column > 0;
/** A name, thirty figures, and what is at the end. */
const rows = ['a', 'bb'].map((name) => [name, ...Array.from({ length: 30 }, (_, index) => String(index)), 'end']);

describe('a table', () => {
  it('is as wide as it is where nobody looks at it in a terminal, or where it fits', () => {
    const whole = renderTable(rows, right);
    expect(renderFittingTable(rows, right, { last: 1, width: Infinity })).toEqual(whole);
    expect(renderFittingTable(rows, right, { last: 1, width: whole[0]?.length ?? 0 })).toEqual(whole);
  });

  it.each([20, 40, 79, 80, 81, 100])(
    'is at most %i wide in a terminal, and says how many columns are left out',
    (width) => {
      const lines = renderFittingTable(rows, right, { last: 1, width });
      const table = lines.slice(0, 2);
      for (const line of table) expect(line.length).toBeLessThanOrEqual(width);
      expect(table[0]).toMatch(/^a {3}0 .* … {2}end$/);
      const shown = (table[0] ?? '').split(/ +/).length - 3;
      expect(lines[2]).toBe(`… ${30 - shown} columns are left out: a wider terminal shows more, --json all`);
      // One more would not have fitted.
      expect((table[0]?.length ?? 0) + (shown < 10 ? 3 : 4)).toBeGreaterThan(width);
    },
  );

  it('keeps its first column and its last ones however narrow the terminal is', () => {
    const lines = renderFittingTable(rows, right, { last: 2, width: 1 });
    expect(lines.slice(0, 2)).toEqual(['a   …  29  end', 'bb  …  29  end']);
  });
});
