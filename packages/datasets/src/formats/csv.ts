/** CSV with a header: which separator it has, what its columns are called, and its rows. */
import type { Cell } from '@lockstep/core';
import { invalidData, type InputPart, type Progress, type Source } from '../source.js';
import { ByteReader, openStream } from '../streams.js';
import { parseRows } from './csv-rows.js';
import { openTables, type Table, type TableOptions, type TableRow } from './table.js';

export interface CsvOptions extends TableOptions {
  /** One character; guessed from the header if absent. */
  readonly delimiter?: string;
}

const DELIMITERS = [',', ';', '\t', '|'];
const HEADER_BYTES = 64 * 1024;
const MAX_COLUMNS = 65_536;

/** @throws LockstepError INVALID_DATASET */
export async function openCsv(inputs: readonly InputPart[], options: CsvOptions, progress: Progress): Promise<Source> {
  const tables = [];
  for (const { split, paths } of inputs) {
    const [path, ...more] = paths;
    if (path === undefined || more.length > 0) {
      throw invalidData('a split is one CSV file', 'Name others as splits: train=a.csv test=b.csv.');
    }
    tables.push(await openTable(path, split, options.delimiter, progress));
  }
  return openTables(tables, options);
}

/**
 * A table small enough for memory, cut into cells as an import does.
 * @throws LockstepError INVALID_DATASET
 */
export async function readCsv(
  path: string,
): Promise<{ readonly header: readonly string[]; readonly rows: readonly (readonly Cell[])[] }> {
  const table = await openTable(path, undefined, undefined, () => undefined);
  const rows: (readonly Cell[])[] = [];
  for await (const { cells } of table.rows()) rows.push(cells);
  return { header: table.header, rows };
}

async function openTable(
  path: string,
  split: string | undefined,
  wished: string | undefined,
  progress: Progress,
): Promise<Table> {
  const delimiter = wished ?? (await guessDelimiter(path));
  const [first] = await firstRow(path, delimiter);
  const header = (first?.cells ?? []).map((cell) => String(cell).trim());
  checkHeader(path, header);
  let told: Progress | undefined = progress;
  return {
    path,
    split,
    header,
    rows: () => {
      const tell = told;
      told = undefined;
      return bodyRows(path, delimiter, header.length, tell);
    },
  };
}

function checkHeader(path: string, header: readonly string[]): void {
  if (header.length === 0) throw invalidData(`${path} is empty`);
  if (header.some((name) => name.includes('\0'))) throw invalidData(`${path} is no text`);
  if (header.length > MAX_COLUMNS) throw invalidData(`${path} has more than ${MAX_COLUMNS} columns`);
  const bare = header.findIndex((name) => name === '' || name.length > 200 || name === '__proto__');
  if (bare < 0) return;
  throw invalidData(
    `${path}: column ${bare + 1} has ${header[bare] === '' ? 'no name' : 'a name that cannot be used'} in the first line`,
    'The first line must name the columns, each with 1 to 200 letters.',
  );
}

/** The one that the first line has most of. */
async function guessDelimiter(path: string): Promise<string> {
  const reader = new ByteReader(await openStream(path));
  try {
    const [line = ''] = (await reader.read(HEADER_BYTES)).toString('utf8').split(/[\r\n]/);
    const bare = line.replace(/"[^"]*"/g, '');
    const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
    return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
  } finally {
    reader.close();
  }
}

async function firstRow(path: string, delimiter: string): Promise<TableRow[]> {
  for await (const row of parseRows(path, delimiter)) return [row];
  return [];
}

async function* bodyRows(
  path: string,
  delimiter: string,
  columns: number,
  progress?: Progress,
): AsyncGenerator<TableRow> {
  let isHeader = true;
  for await (const row of parseRows(path, delimiter, progress)) {
    if (isHeader) isHeader = false;
    else if (row.cells.length === columns) yield row;
    else throw invalidData(`${path}, line ${row.line}: has ${row.cells.length} cells, the header ${columns}`);
  }
}
