/** Just enough of PromQL's grammar to find what a query reads. */

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
/** A text, or a name with the labels it is chosen by; a bracket behind it makes it a function, a $ before it a variable. */
const TOKEN = /"(?:[^"\\]|\\.)*"|(?<![$\w.:])([a-zA-Z_:][\w:]*)(\{[^}]*\})?(\s*\()?/g;

/** Such as `up{job="worker"}`, without ranges and offsets, each once. */
export function selectorsOf(expression: string): string[] {
  const bare = expression.replace(GROUPING, ' ').replace(/\[[^\]]*\]/g, ' ');
  const found = [...bare.matchAll(TOKEN)].flatMap(([, name, labels = '', call]) =>
    name === undefined || call !== undefined || WORDS.has(name.toLowerCase()) ? [] : [`${name}${labels}`],
  );
  return [...new Set(found)];
}

export function metricNamesOf(expression: string): string[] {
  return [...new Set(selectorsOf(expression).map((selector) => selector.replace(/\{.*$/s, '')))];
}
