/** Rows of a small table as text: CSV as RFC 4180 has it. Empty lines are passed over. */
import { LockstepError } from '@lockstep/core';

/** @throws LockstepError INVALID_OPTION for a quote that is never closed */
export function readTable(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${delimiter}\\r\\n]*))(${delimiter}|\\r\\n|\\r|\\n|$)`, 'y');
  const body = text.replace(/^\uFEFF/, '');
  while (cell.lastIndex < body.length) {
    const at = cell.lastIndex;
    const found = cell.exec(body);
    if (found === null)
      throw new LockstepError(
        'INVALID_OPTION',
        `the table has a quote out of place in ${JSON.stringify(body.slice(at, at + 40))}`,
      );
    const [, quoted, bare = '', end] = found;
    cells.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === delimiter && cell.lastIndex < body.length) continue;
    if (end === delimiter) cells.push('');
    if (cells.length > 1 || cells[0] !== '') rows.push(cells);
    cells = [];
  }
  return rows;
}
