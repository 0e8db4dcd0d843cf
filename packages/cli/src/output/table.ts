/** Rows of text as columns that stand under one another. */

/** Cells of the same column are padded to one width: to the left, save for columns that are aligned right. */
export function renderTable(rows: readonly (readonly string[])[], alignRight: (column: number) => boolean): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        alignRight(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
