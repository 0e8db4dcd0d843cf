/** A curve in one line of text. */

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

export interface Range {
  readonly least: number;
  readonly largest: number;
}

/** What all finite values lie in; undefined where there are none. */
export function rangeOf(values: readonly number[]): Range | undefined {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return undefined;
  return { least: Math.min(...finite), largest: Math.max(...finite) };
}

/**
 * One character a value, or, where there are more than `width`, one for the last of each few. `?` is what is no number.
 * Curves that are to be compared get one range.
 */
export function renderSparkline(values: readonly number[], range: Range, width = 40): string {
  const length = Math.min(width, values.length);
  const shown = Array.from({ length }, (_, index) => values[Math.ceil(((index + 1) * values.length) / length) - 1]);
  return shown.map((value) => level(value ?? Number.NaN, range)).join('');
}

function level(value: number, { least, largest }: Range): string {
  if (!Number.isFinite(value)) return '?';
  const share = largest === least ? 0 : (value - least) / (largest - least);
  return LEVELS[Math.min(LEVELS.length - 1, Math.floor(share * LEVELS.length))] ?? '?';
}
