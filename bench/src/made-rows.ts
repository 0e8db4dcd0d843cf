/** A table as large as wished, made on the fly: rows are all different, so that no two shards are equal. */
import { open } from 'node:fs/promises';

const NUMBERS = 32;
const BLOCK_ROWS = 4096;
const CATEGORIES = ['red', 'green', 'blue', 'grey'];

export interface MadeRows {
  readonly rows: number;
  readonly bytes: number;
}

/** Writes CSV with 32 numeric columns, a category and a class `y`, of at least that many bytes. */
export async function writeMadeRows(file: string, bytes: number): Promise<MadeRows> {
  const next = generator();
  const cells = Array.from({ length: BLOCK_ROWS }, () => (next() / 2 ** 20 - 2048).toFixed(3));
  const header = [...Array.from({ length: NUMBERS }, (_, column) => `n${String(column)}`), 'colour', 'y'];
  const handle = await open(file, 'wx');
  try {
    let written = (await handle.write(`${header.join()}\n`)).bytesWritten;
    let rows = 0;
    while (written < bytes) {
      written += (await handle.write(block(rows, cells, next))).bytesWritten;
      rows += BLOCK_ROWS;
    }
    return { rows, bytes: written };
  } finally {
    await handle.close();
  }
}

function block(firstRow: number, cells: readonly string[], next: () => number): string {
  let text = '';
  for (let row = firstRow; row < firstRow + BLOCK_ROWS; row++) {
    text += String(row);
    for (let column = 1; column < NUMBERS; column++) text += `,${cells[next() % BLOCK_ROWS] ?? ''}`;
    text += `,${CATEGORIES[next() % CATEGORIES.length] ?? ''},${next() % 2 === 0 ? 'no' : 'yes'}\n`;
  }
  return text;
}

/** Whole numbers below 2^32, the same ones every time (Marsaglia's xorshift). */
function generator(): () => number {
  let state = 88_675_123;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
