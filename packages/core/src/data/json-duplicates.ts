/** JSON.parse lets the last of several equal keys win, so two readers of one file could see two things. */

/** The first key that an object of this valid JSON text has twice; undefined if there is none. */
export function findDuplicateKey(text: string): string | undefined {
  // One set of keys for each object or array that is open; an array's stays empty.
  const open: Set<string>[] = [];
  // Strings with the colon that makes them keys, and the brackets that are outside of strings.
  for (const [token, string] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(?:\s*:)?|[{}[\]]/g)) {
    if (string === undefined) {
      if (token === '{' || token === '[') open.push(new Set());
      else open.pop();
    } else if (token.endsWith(':')) {
      const key = String(JSON.parse(string));
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
