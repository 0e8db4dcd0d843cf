/** Reads the project's documents for the tests that hold them against the code. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function readDocument(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}

/** What stands under the heading of that name, down to the next heading of its level or a higher one. */
export function section(markdown: string, heading: string): string {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const level = lines[start]!.indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** What stands between fences. */
export function codeBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block]) => block!);
}

/** The headings of that level, as they are written. */
export function headings(markdown: string, level: number): string[] {
  const found = markdown.matchAll(new RegExp(`^#{${level}} (.+)$`, 'gm'));
  return [...found].map(([, heading]) => heading!);
}

/** The rows of all tables, by the word in backticks that a row's first cell begins with. */
export function tableRows(markdown: string): Map<string, string> {
  const rows = markdown.split('\n').flatMap((line): [string, string][] => {
    const key = /^\| `([^`]+)`/.exec(line)?.[1];
    return key === undefined ? [] : [[key, line]];
  });
  return new Map(rows);
}
