import type { RandomStream } from './stream.js';

/** A random order of 0 .. count-1, each order equally likely (Fisher and Yates, from the last place to the first). */
export function permutation(count: number, stream: RandomStream): Uint32Array {
  const order = new Uint32Array(count);
  for (let index = 0; index < count; index += 1) order[index] = index;
  for (let last = count - 1; last > 0; last -= 1) {
    const other = stream.nextBelow(last + 1);
    const moved = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}
