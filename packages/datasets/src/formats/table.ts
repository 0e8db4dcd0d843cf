/**
 * What CSV and JSON lines have in common: rows of named cells. A first pass looks at every cell and decides what each
 * column is; the second makes the samples. Neither keeps rows.
 */
import {
  cellNumber,
  cellText,
  columnWidth,
  encodeCell,
  isMissing,
  type Cell,
  type DatasetColumn,
  type DatasetLabels,
} from '@lockstep/core';
import { invalidData, requireClasses, type Sample, type Source, type SourcePart } from '../source.js';
import { ColumnSurvey, type ColumnRule } from './column-survey.js';

export const MISSING_RULES = ['refuse', 'mean', 'zero', 'drop'] as const;
/** `mean`: a number's mean, the most frequent category. */
export type MissingRule = (typeof MISSING_RULES)[number];
export const TASKS = ['classification', 'regression'] as const;

export interface TableOptions {
  /** Columns to learn: one of classes, or one or more of numbers. */
  readonly labels: readonly string[];
  readonly task?: (typeof TASKS)[number];
  readonly categorical: readonly string[];
  readonly ignored: readonly string[];
  readonly missing: MissingRule;
}

export interface TableRow {
  readonly cells: readonly Cell[];
  /** From 1. */
  readonly line: number;
}

/** A file that can be read again and again. */
export interface Table {
  readonly path: string;
  readonly split: string | undefined;
  readonly header: readonly string[];
  rows(): AsyncIterable<TableRow>;
}

interface Layout {
  readonly features: readonly { readonly name: string; readonly place: number }[];
  readonly labels: readonly { readonly name: string; readonly place: number }[];
}

/**
 * @param tables the first decides what the columns are; the others must agree
 * @param shape of the features, where it is not simply their number
 * @throws LockstepError INVALID_DATASET
 */
export async function openTables(
  tables: readonly Table[],
  options: TableOptions,
  shape?: readonly number[],
): Promise<Source> {
  const ordered = [...tables].sort((a, b) => Number(b.split === 'train') - Number(a.split === 'train'));
  const [first] = ordered;
  if (first === undefined) throw invalidData('there is no file');
  const layout = layoutOf(first.header, options);
  const surveys: Survey[] = [];
  for (const table of ordered) {
    if (table.header.join('\n') !== first.header.join('\n')) {
      throw invalidData(`${table.path} has other columns than ${first.path}`, 'Both need the same header.');
    }
    surveys.push(await survey(table, layout, options));
  }
  const [leading] = surveys;
  if (leading === undefined) throw invalidData('there is no file');
  const columns = leading.features.map((column) => column.decide(options.missing));
  const labels = labelsOf(surveys, options.task, first.path);
  const filled = Object.fromEntries(
    layout.features.flatMap(({ name }, index) => {
      const missing = surveys.reduce((sum, { features }) => sum + (features[index]?.missing ?? 0), 0);
      return missing === 0 || options.missing === 'drop' ? [] : [[name, missing]];
    }),
  );
  const width = columns.reduce((sum, column) => sum + columnWidth(column), 0);
  const encoding = { layout, columns, labels, width, missing: options.missing };
  return {
    shape: shape !== undefined && columns.every(({ kind }) => kind === 'numeric') ? shape : [width],
    dtype: 'float32',
    labels,
    ...(shape === undefined ? { columns } : {}),
    parts: ordered.map((table, index) => partOf(table, surveys[index] as Survey, encoding)),
    filled,
    dropped: surveys.reduce((sum, { dropped }) => sum + dropped, 0),
    notes: notesOf(columns, labels, shape !== undefined),
  };
}

function layoutOf(header: readonly string[], { labels, categorical, ignored }: TableOptions): Layout {
  const twice = header.find((name, index) => header.indexOf(name) < index);
  if (twice !== undefined) throw invalidData(`two columns are called ${JSON.stringify(twice)}`);
  if (labels.length === 0) {
    throw invalidData(
      'no column is named to learn',
      `Add --label COLUMN; there are ${header.slice(0, 50).join(', ')}.`,
    );
  }
  for (const name of [...labels, ...categorical, ...ignored]) {
    if (header.includes(name)) continue;
    throw invalidData(`there is no column ${JSON.stringify(name)}`, `There are ${header.slice(0, 50).join(', ')}.`);
  }
  const places = header.map((name, place) => ({ name, place }));
  const features = places.filter(({ name }) => !labels.includes(name) && !ignored.includes(name));
  if (features.length === 0) throw invalidData('no column is left to learn from');
  return { features, labels: labels.map((name) => ({ name, place: header.indexOf(name) })) };
}

interface Survey {
  readonly features: readonly ColumnSurvey[];
  readonly labels: readonly ColumnSurvey[];
  readonly rows: number;
  readonly dropped: number;
}

async function survey(table: Table, layout: Layout, options: TableOptions): Promise<Survey> {
  const rule = (name: string): ColumnRule => (options.categorical.includes(name) ? 'categorical' : 'infer');
  const features = layout.features.map(({ name }) => new ColumnSurvey(name, table.path, rule(name)));
  const labels = layout.labels.map(({ name }) => new ColumnSurvey(name, table.path, 'label'));
  let rows = 0;
  let dropped = 0;
  for await (const { cells, line } of table.rows()) {
    if (options.missing === 'drop' && hasMissing(cells, layout)) {
      dropped += 1;
      continue;
    }
    rows += 1;
    for (const [index, { place: at }] of layout.features.entries()) features[index]?.add(cells[at], line);
    for (const [index, { place: at, name }] of layout.labels.entries()) {
      if (isMissing(cells[at])) throw missingLabel(table.path, line, name);
      labels[index]?.add(cells[at], line);
    }
  }
  if (rows > 0) return { features, labels, rows, dropped };
  throw invalidData(`${table.path} has a header, but no ${dropped > 0 ? 'complete ' : ''}rows`);
}

function hasMissing(cells: readonly Cell[], { features, labels }: Layout): boolean {
  return [...features, ...labels].some(({ place }) => isMissing(cells[place]));
}

function missingLabel(path: string, line: number, name: string): Error {
  return invalidData(
    `${path}, line ${line}: the column ${JSON.stringify(name)}, which is to be learned, has no value`,
    'Mend the row, or leave such rows out with --missing drop.',
  );
}

function labelsOf(surveys: readonly Survey[], task: TableOptions['task'], path: string): DatasetLabels {
  const columns = surveys[0]?.labels ?? [];
  const names = columns.map(({ name }) => name);
  const values =
    columns.length > 1 || task === 'regression' || (task === undefined && columns[0]?.manyNumbers === true);
  if (values) {
    if (columns.length > 1 && task === 'classification') {
      throw invalidData('classes are learned from one column', 'Name one with --label.');
    }
    for (const { labels } of surveys) for (const column of labels) column.requireNumbers();
    return { kind: 'values', names };
  }
  const classNames = columns[0]?.categories('classes') ?? [];
  requireClasses(
    classNames.map((name) => columns[0]?.countOf(name) ?? 0),
    `${path}, column ${JSON.stringify(names[0])},`,
  );
  for (const name of classNames)
    if (name.length > 200) throw invalidData(`a class name is ${name.length} letters long`);
  return { kind: 'classes', classNames };
}

interface Encoding {
  readonly layout: Layout;
  readonly columns: readonly DatasetColumn[];
  readonly labels: DatasetLabels;
  readonly width: number;
  readonly missing: MissingRule;
}

function partOf(table: Table, { labels, rows }: Survey, encoding: Encoding): SourcePart {
  const classCounts =
    encoding.labels.kind === 'classes'
      ? encoding.labels.classNames.map((name) => labels[0]?.countOf(name) ?? 0)
      : [rows];
  return { split: table.split, count: rows, classCounts, samples: () => samplesOf(table, encoding) };
}

async function* samplesOf(table: Table, encoding: Encoding): AsyncGenerator<Sample> {
  const { layout, columns, labels, width } = encoding;
  const x = new Float32Array(width);
  const classes = new Map(labels.kind === 'classes' ? labels.classNames.map((name, index) => [name, index]) : []);
  const fault = (line: number, name: string, what: string): Error =>
    invalidData(
      `${table.path}, line ${line}: the column ${JSON.stringify(name)} ${what}`,
      what === 'has no value'
        ? 'Fill it with --missing mean or zero, or leave such rows out with --missing drop.'
        : undefined,
    );
  for await (const { cells, line } of table.rows()) {
    if (encoding.missing === 'drop' && hasMissing(cells, layout)) continue;
    let at = 0;
    for (const [index, column] of columns.entries()) {
      const what = encodeCell(column, cells[layout.features[index]?.place ?? 0], x, at);
      if (what !== undefined) throw fault(line, column.name, what);
      at += columnWidth(column);
    }
    const wanted = layout.labels.map((label) => cells[label.place]);
    if (labels.kind === 'values') yield { x, y: Float32Array.from(wanted, (cell) => cellNumber(cell) ?? NaN) };
    else {
      const y = classes.get(cellText(wanted[0]));
      if (y === undefined)
        throw fault(line, layout.labels[0]?.name ?? '', 'has a class that the training data has not');
      yield { x, y };
    }
  }
}

function notesOf(columns: readonly DatasetColumn[], labels: DatasetLabels, plain: boolean): string[] {
  const numeric = columns.filter(({ kind }) => kind === 'numeric').map(({ name }) => name);
  const notes = columns.flatMap((column) =>
    column.kind === 'categorical' ? [`${column.name}: ${column.categories.length} categories, one-hot`] : [],
  );
  const list = numeric.length > 8 ? `${numeric.slice(0, 8).join(', ')} …` : numeric.join(', ');
  if (!plain && numeric.length > 0) notes.unshift(`${numeric.length} numeric columns: ${list}`);
  notes.push(
    labels.kind === 'values'
      ? `to learn: ${labels.names.join(', ')} (regression)`
      : `to learn: ${labels.classNames.length} classes (${labels.classNames.slice(0, 10).join(', ')}${labels.classNames.length > 10 ? ' …' : ''})`,
  );
  return notes;
}
