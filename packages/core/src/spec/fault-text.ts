/** How a fault names values and places, so that hostile input cannot flood or forge a message. */

const LONGEST_VALUE = 60;

/** A value as a person would write it, shortened. */
export function show(value: unknown): string {
  if (typeof value === 'string') return shorten(quote(value.slice(0, LONGEST_VALUE + 1)));
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (value === undefined) return 'nothing';
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- objects are dealt with above
  return shorten(String(value));
}

/** In quotes, with nothing in it that a terminal or a log would act on or not show. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** `training.batchSize`, `model.layers[2].units`; keys that are no plain words are quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (typeof part === 'string' && /^[A-Za-z_$][\w$-]{0,59}$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${show(String(part))}]`;
  }
  return text;
}

function shorten(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
