/** Memory that changes hands between threads, where copying it would take the event loop's time. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { Answer, Question } from './predict-messages.js';

/** What of them can be moved: an array that has a piece of larger memory is copied. */
export function memoryOf(messages: readonly (Question | Answer)[]): ArrayBuffer[] {
  return messages.flatMap((message) => {
    const array = arrayOf(message);
    if (array === undefined || array.byteLength !== array.buffer.byteLength) return [];
    return array.buffer instanceof ArrayBuffer ? [array.buffer] : [];
  });
}

/** What a thread gives back so that the memory goes with it. */
export function moved<T extends object>(value: T, memory: readonly ArrayBuffer[]): T {
  // Piscina takes the wrapping off again.
  return move({ [transferableSymbol]: memory, [valueSymbol]: value }) as unknown as T;
}

function arrayOf(message: Question | Answer): Uint8Array | Float32Array | undefined {
  switch (message.type) {
    case 'rows':
      return message.x;
    case 'outputs':
      return message.outputs;
    case 'request':
    case 'response':
      return message.body;
    case 'failed':
      return undefined;
  }
}
