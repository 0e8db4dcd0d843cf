/** Rows of text as columns that stand under one another. */

type Rows = readonly (readonly string[])[];

const GAP = 2;
const LEFT_OUT = '…';

/** Cells of the same column are padded to one width: to the left, save for columns that are aligned right. */
export function renderTable(rows: Rows, alignRight: (column: number) => boolean): string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row
      .map((cell, column) =>
        alignRight(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/**
 * A table that is no wider than a terminal: of the columns between the first one and the last ones, those that do not fit
 * are left out, and a line says how many.
 * @param last columns at the end that are always there
 * @param width in letters; Infinity where nobody looks at it in a terminal
 */
export function renderFittingTable(
  rows: Rows,
  alignRight: (column: number) => boolean,
  { last, width }: { readonly last: number; readonly width: number },
): string[] {
  const widths = columnWidths(rows);
  const total = widths.reduce((sum, one) => sum + one + GAP, -GAP);
  if (total <= width) return renderTable(rows, alignRight);
  const end = Math.max(1, widths.length - last);
  let room = width + GAP - (LEFT_OUT.length + GAP);
  for (const one of [...widths.slice(0, 1), ...widths.slice(end)]) room -= one + GAP;
  let cut = 1;
  while (cut < end && room >= (widths[cut] ?? 0) + GAP) {
    room -= (widths[cut] ?? 0) + GAP;
    cut += 1;
  }
  const missing = end - cut;
  if (missing === 0) return renderTable(rows, alignRight);
  const fitting = rows.map((row) => [...row.slice(0, cut), LEFT_OUT, ...row.slice(end)]);
  const original = (column: number): number => (column <= cut ? column : column - cut - 1 + end);
  const lines = renderTable(fitting, (column) => alignRight(original(column)));
  const columns = missing === 1 ? '1 column is' : `${missing} columns are`;
  return [...lines, `${LEFT_OUT} ${columns} left out: a wider terminal shows more, --json all`];
}

function columnWidths(rows: Rows): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
}
