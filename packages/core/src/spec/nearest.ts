/** "Did you mean": the candidate closest to a misspelt word. */
import { quote } from './fault-text.js';

/** Longer words are not compared: they come from hostile input, and the distance costs their product. */
const LONGEST = 64;

/** The candidate with the fewest edits, ignoring case, if these are at most a third of the letters (and at least 2). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > LONGEST) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    // An empty or wholly different word is no misspelling.
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean 'x'?)`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  // Class names come from data, and may hold anything.
  return candidate === undefined ? '' : ` (did you mean '${quote(candidate).slice(1, -1)}'?)`;
}

/** Levenshtein 1966: fewest insertions, deletions and substitutions; row by row (Wagner and Fischer 1974). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
