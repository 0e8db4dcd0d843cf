/** The few colours that messages have; plain text where they are unwanted (NO_COLOR) or nobody would see them. */

export interface Style {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

export function createStyle(color: boolean): Style {
  const paint = (code: number, end: number) => (text: string) => (color ? `\x1b[${code}m${text}\x1b[${end}m` : text);
  return { good: paint(32, 39), bad: paint(31, 39), strong: paint(1, 22), faint: paint(2, 22) };
}
