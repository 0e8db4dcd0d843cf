/** What a converter of a format gives: samples that can be read again and again, always in the same order. */
import { LockstepError, type DatasetColumn, type DatasetLabels } from '@lockstep/core';

export interface Sample {
  /** Row-major; may be overwritten when the next sample is asked for. */
  readonly x: Uint8Array | Float32Array;
  /** A class number, or one value a target. */
  readonly y: number | Float32Array;
}

/** Files that belong together: a split that was given as such, or what is to be split. */
export interface SourcePart {
  /** Absent: its samples are dealt out to the splits that were asked for. */
  readonly split: string | undefined;
  readonly count: number;
  /** Of each class; with values, one entry for all. */
  readonly classCounts: readonly number[];
  samples(): AsyncIterable<Sample>;
}

export interface Source {
  readonly shape: readonly number[];
  readonly dtype: 'uint8' | 'float32';
  readonly labels: DatasetLabels;
  readonly columns?: DatasetColumn[];
  readonly image?: { readonly height: number; readonly width: number; readonly channels: 1 | 3 };
  readonly parts: readonly SourcePart[];
  /** By column. */
  readonly filled?: Record<string, number>;
  readonly dropped?: number;
  /** What was decided without being asked, for the person who imports. */
  readonly notes: readonly string[];
  /** Of files that stay open until all samples are read. */
  readonly close?: () => void;
}

/** Told how many more bytes of a file were read. */
export type Progress = (bytes: number) => void;

/** Files of one split, or of one that is to be split. */
export interface InputPart {
  readonly split: string | undefined;
  readonly paths: readonly string[];
}

export function invalidData(message: string, hint?: string, cause?: unknown): LockstepError {
  return new LockstepError('INVALID_DATASET', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Class names that are wished for, or the numbers. @throws LockstepError INVALID_DATASET */
export function classNamesFor(classes: number, wished: readonly string[] | undefined): string[] {
  if (wished === undefined) return Array.from({ length: classes }, (_, index) => String(index));
  if (wished.length >= classes && new Set(wished).size === wished.length) return [...wished];
  throw invalidData(`there are ${classes} classes, but ${wished.length} different names for them`);
}

/** @throws LockstepError INVALID_DATASET when fewer than two classes have samples */
export function requireClasses(counts: readonly number[], where: string): void {
  const present = counts.filter((count) => count > 0).length;
  if (present >= 2) return;
  throw invalidData(`${where} has ${present === 0 ? 'no samples' : 'samples of one class only'}`, 'There must be two.');
}
