/** What one column of a table holds, found out in one pass without keeping its cells. */
import { cellNumber, cellText, isMissing, type Cell, type DatasetColumn } from '@lockstep/core';
import { invalidData } from '../source.js';
import { RunningStatistics } from '../statistics.js';
import type { MissingRule } from './table.js';

/** `infer`: numbers if all of it are. `label`: what is to be learned. */
export type ColumnRule = 'infer' | 'categorical' | 'label';

/** Texts that are taken for categories unasked; more are rather names or remarks. */
const INFERRED_CATEGORIES = 100;
const MAX_CATEGORIES = 1000;
const MAX_CLASSES = 65_536;
/** Whole numbers that are taken for classes unasked. */
const NUMBER_CLASSES = 50;
/** A column that holds so many numbers for each text is one of numbers with mistakes in it. */
const NUMBERS_PER_MISTAKE = 9;

export class ColumnSurvey {
  missing = 0;
  readonly name: string;
  readonly #path: string;
  readonly #rule: ColumnRule;
  readonly #numbers = new RunningStatistics(1);
  readonly #counts = new Map<string, number>();
  #whole = true;
  #texts = 0;
  /** The first of each, for messages. */
  #missingAt = '';
  #textAt = '';
  #infiniteAt = '';
  /** More different values than anything could be made of: no longer counted. */
  #overflown = false;

  constructor(name: string, path: string, rule: ColumnRule) {
    this.name = name;
    this.#path = path;
    this.#rule = rule;
  }

  add(cell: Cell, line: number): void {
    if (isMissing(cell)) {
      this.missing += 1;
      this.#missingAt ||= `line ${line}`;
      return;
    }
    const value = cellNumber(cell);
    if (value === undefined) {
      this.#texts += 1;
      this.#textAt ||= `line ${line}: ${JSON.stringify(cellText(cell).slice(0, 60))}`;
    } else if (Number.isFinite(value)) {
      this.#numbers.add([value]);
      this.#whole &&= Number.isInteger(value);
    } else this.#infiniteAt ||= `line ${line}: ${JSON.stringify(cellText(cell).slice(0, 60))}`;
    this.#count(cellText(cell));
  }

  /** For a label: numbers, and too many different ones to be classes. */
  get manyNumbers(): boolean {
    if (this.#texts > 0) return false;
    return !this.#whole || this.#overflown || this.#counts.size > NUMBER_CLASSES;
  }

  countOf(category: string): number {
    return this.#counts.get(category) ?? 0;
  }

  requireNumbers(): void {
    if (this.#texts > 0) throw this.#fault(`${this.#textAt} is not a number`);
    if (this.#infiniteAt !== '') throw this.#fault(`${this.#infiniteAt} is not a finite number that float32 can hold`);
  }

  /** Numbers by value, everything else by its letters. */
  categories(what: 'classes' | 'categories'): string[] {
    if (this.#infiniteAt !== '' && this.#texts === 0) this.requireNumbers();
    if (this.#overflown) {
      throw this.#fault(`there are more than ${this.#limit()} different ${what}`, this.#hint());
    }
    const names = [...this.#counts.keys()];
    if (this.#texts === 0) return names.sort((a, b) => Number(a) - Number(b));
    return names.sort((a, b) => (a < b ? -1 : 1));
  }

  /** @throws LockstepError INVALID_DATASET for cells that the column cannot have */
  decide(missing: MissingRule): DatasetColumn {
    if (this.missing > 0 && missing === 'refuse') {
      const more = this.missing === 1 ? 'there is no value' : `there is no value, nor in ${this.missing - 1} more rows`;
      throw this.#fault(
        `${this.#missingAt}: ${more}`,
        'Fill it with --missing mean or zero, or leave such rows out with --missing drop.',
      );
    }
    // Even where nothing is missing here: it may be in another file, or when the model is asked.
    const fills = missing === 'mean' || missing === 'zero';
    if (this.#rule === 'infer' && this.#texts === 0) {
      this.requireNumbers();
      if (this.#numbers.count === 0) throw this.#fault('there is no value in any row', `Add --ignore ${this.name}.`);
      return {
        name: this.name,
        kind: 'numeric',
        ...(fills ? { fill: missing === 'mean' ? this.#numbers.mean(0) : 0 } : {}),
      };
    }
    if (this.#rule === 'infer' && this.#numbers.count > this.#texts * NUMBERS_PER_MISTAKE) {
      throw this.#fault(
        `${this.#textAt} is not a number, and most of the column is`,
        `Mend it, or take the column for categories with --categorical ${this.name}.`,
      );
    }
    const categories = this.categories('categories');
    for (const { length } of categories) if (length > 200) throw this.#fault(`a category is ${length} letters long`);
    return {
      name: this.name,
      kind: 'categorical',
      categories,
      ...(fills ? { fill: this.#categoryFill(missing) } : {}),
    };
  }

  #categoryFill(missing: MissingRule): string {
    if (missing !== 'mean') return '';
    let [most, category] = [0, ''];
    for (const [text, count] of this.#counts) if (count > most) [most, category] = [count, text];
    return category;
  }

  #count(text: string): void {
    if (this.#overflown) return;
    const known = this.#counts.get(text);
    if (known === undefined && this.#counts.size >= this.#limit()) {
      this.#overflown = true;
      this.#counts.clear();
      return;
    }
    // A copy: a piece of a text keeps all of it in memory, here a quarter of a megabyte of the file.
    this.#counts.set(known === undefined ? Buffer.from(text).toString() : text, (known ?? 0) + 1);
  }

  #limit(): number {
    if (this.#rule === 'label') return this.#texts > 0 ? MAX_CATEGORIES : MAX_CLASSES;
    return this.#rule === 'categorical' ? MAX_CATEGORIES : INFERRED_CATEGORIES;
  }

  #hint(): string {
    if (this.#rule === 'label') return 'Name another column with --label, or learn numbers with --task regression.';
    if (this.#rule === 'categorical') return `Leave it out with --ignore ${this.name}.`;
    return `Leave it out with --ignore ${this.name}, or take up to ${MAX_CATEGORIES} with --categorical ${this.name}.`;
  }

  #fault(what: string, hint?: string): Error {
    return invalidData(`${this.#path}, column ${JSON.stringify(this.name)}, ${what}`, hint);
  }
}
