/** Tables such as the small ones that everybody knows, made from a seed: two numbers, a category, and what follows. */
import { randomStream } from '@lockstep/core';

export interface MadeRow {
  readonly radius: number;
  readonly texture: number;
  readonly colour: string;
  readonly benign: boolean;
}

const COLOURS = ['red', 'green', 'blue'];

/** CSV with the columns radius, texture, colour and y. */
export function madeTable(rows: number, seed: number, y: (row: MadeRow) => string | number): string {
  const stream = randomStream(seed, 'dataset-split');
  const uniform = (): number => stream.nextBelow(2 ** 20) / 2 ** 20;
  const lines = Array.from({ length: rows }, () => {
    const [radius, texture, colour] = [5 + 20 * uniform(), 1000 * uniform(), COLOURS[stream.nextBelow(3)] ?? ''];
    const row = { radius, texture, colour, benign: radius + texture / 100 + (colour === 'red' ? 5 : 0) < 20 };
    return [radius.toFixed(3), texture.toFixed(1), colour, y(row)].join();
  });
  return ['radius,texture,colour,y', ...lines].join('\n');
}
