/**
 * How a row of a table becomes features, and back. Import and prediction go through here, so that a model is asked in
 * the same way as it was taught.
 */
import type { DatasetColumn } from '../dataset.js';

/** What a table may hold: text as a file has it, or numbers and truths from JSON. */
export type Cell = string | number | boolean | null | undefined;

/** What stands for "not known" in the files that people have. */
const MISSING = new Set(['', '?', 'na', 'n/a', 'nan', 'null', 'none']);
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const FLOAT32_MAX = 3.4028234663852886e38;

export function isMissing(cell: Cell): boolean {
  if (typeof cell === 'number') return Number.isNaN(cell);
  return cell === null || cell === undefined || (typeof cell === 'string' && MISSING.has(cell.trim().toLowerCase()));
}

/** The number that a cell is; infinite for one that float32 cannot hold; undefined if it is none. */
export function cellNumber(cell: Cell): number | undefined {
  if (typeof cell === 'string') {
    const text = cell.trim();
    if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    return NUMBER.test(text) ? within(Number(text)) : undefined;
  }
  return typeof cell === 'number' && !Number.isNaN(cell) ? within(cell) : undefined;
}

function within(value: number): number {
  if (value > FLOAT32_MAX) return Infinity;
  return value < -FLOAT32_MAX ? -Infinity : value;
}

/** The category that a cell is. */
export function cellText(cell: Cell): string {
  return typeof cell === 'string' ? cell.trim() : String(cell);
}

/** Features that a column becomes. */
export function columnWidth(column: DatasetColumn): number {
  return column.kind === 'numeric' ? 1 : column.categories.length;
}

/** Names of the features: the column's own, or `colour=red`. */
export function columnFeatureNames(columns: readonly DatasetColumn[]): string[] {
  return columns.flatMap((column) =>
    column.kind === 'numeric'
      ? [column.name]
      : column.categories.map((category) => `${column.name}=${category}`.slice(0, 200)),
  );
}

/**
 * Writes the features of a cell into `features` from `at` on.
 * @returns what is wrong with the cell, or undefined
 */
export function encodeCell(column: DatasetColumn, cell: Cell, features: Float32Array, at: number): string | undefined {
  const missing = isMissing(cell);
  if (missing && column.fill === undefined) return 'has no value';
  if (column.kind === 'numeric') {
    const value = missing ? (column.fill ?? 0) : cellNumber(cell);
    if (value === undefined) return `${quoted(cell)} is not a number`;
    if (!Number.isFinite(value)) return `${quoted(cell)} is not a finite number that float32 can hold`;
    features[at] = value;
    return undefined;
  }
  const text = missing ? (column.fill ?? '') : cellText(cell);
  const place = column.categories.indexOf(text);
  if (place < 0 && text !== '') return `${quoted(cell)} is not one of its categories: ${some(column.categories)}`;
  features.fill(0, at, at + column.categories.length);
  if (place >= 0) features[at + place] = 1;
  return undefined;
}

/** A row's features as a person would write the row; null where none of the categories is set. */
export function decodeRow(columns: readonly DatasetColumn[], features: ArrayLike<number>): (number | string | null)[] {
  let at = 0;
  return columns.map((column) => {
    const start = at;
    at += columnWidth(column);
    if (column.kind === 'numeric') return features[start] ?? 0;
    return column.categories.find((_, index) => features[start + index] === 1) ?? null;
  });
}

function quoted(cell: Cell): string {
  return JSON.stringify(cellText(cell).slice(0, 60));
}

function some(categories: readonly string[]): string {
  const shown = categories.slice(0, 10).map((category) => JSON.stringify(category.slice(0, 40)));
  return categories.length > 10 ? `${shown.join(', ')} …` : shown.join(', ');
}
