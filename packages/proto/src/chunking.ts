/**
 * Vectors travel in chunks whose boundaries depend on the vector's length alone, so that sender and receiver need not
 * agree on anything, and a chunk has one meaning whoever sends it.
 */
import { LockstepError } from '@lockstep/core';

/** 1 MiB of float32: well below the largest message, and few enough chunks for small overhead. */
export const CHUNK_ELEMENTS = 262_144;

const BYTES = Float32Array.BYTES_PER_ELEMENT;

export interface ChunkRange {
  /** First element, inclusive. */
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

/** Number of chunks that a vector of `elements` (at least 1) float32 values travels in. */
export function chunkCount(elements: number, chunkElements: number = CHUNK_ELEMENTS): number {
  return Math.ceil(elements / chunkElements);
}

/** Elements of chunk number `chunk`; all chunks are of equal size but the last. */
export function chunkRange(elements: number, chunk: number, chunkElements: number = CHUNK_ELEMENTS): ChunkRange {
  if (!Number.isInteger(chunk) || chunk < 0 || chunk >= chunkCount(elements, chunkElements)) {
    throw new LockstepError('INTERNAL', `A vector of ${elements} elements has no chunk ${chunk}.`);
  }
  const first = chunk * chunkElements;
  return { first, end: Math.min(first + chunkElements, elements) };
}

/** The bytes of elements `first` to `end` of `source`, without copying: what a frame takes as `values`. */
export function floatBytes(source: Float32Array, first = 0, end: number = source.length): Uint8Array {
  return new Uint8Array(source.buffer, source.byteOffset + first * BYTES, (end - first) * BYTES);
}

/**
 * Copies a frame's `values` into `target` from element `offset` on, in one go and whatever their alignment is.
 * The bits are kept, NaN payloads included. Assumes a little-endian machine, as TensorFlow's builds do.
 */
export function copyFloats(values: Uint8Array, target: Float32Array, offset = 0): void {
  if (values.length % BYTES !== 0 || offset < 0 || offset * BYTES + values.length > target.byteLength) {
    throw new LockstepError(
      'INTERNAL',
      `${values.length} bytes do not fit into ${target.length} elements from element ${offset} on.`,
    );
  }
  new Uint8Array(target.buffer, target.byteOffset + offset * BYTES, values.length).set(values);
}

/**
 * What became of a chunk: `added`; `complete` when it was the last one missing; `double` when it was there already
 * (nothing is written); refused when the sender cuts the vector in another way.
 */
export type ChunkOutcome = 'added' | 'complete' | 'double' | 'wrong-count' | 'wrong-size';

/** Puts the chunks of one vector together in the caller's memory, in whatever order and however often they come. */
export class ChunkAssembler {
  readonly chunks: number;
  readonly #target: Float32Array;
  readonly #chunkElements: number;
  readonly #present: Uint8Array;
  #missing: number;

  /** `target` may lie on a SharedArrayBuffer. It is only written to, and is valid once `complete`. */
  constructor(target: Float32Array, chunkElements: number = CHUNK_ELEMENTS) {
    this.#target = target;
    this.#chunkElements = chunkElements;
    this.chunks = chunkCount(target.length, chunkElements);
    this.#present = new Uint8Array(this.chunks);
    this.#missing = this.chunks;
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Numbers of the chunks that have not come yet, ascending. */
  missing(): number[] {
    return [...this.#present.keys()].filter((chunk) => this.#present[chunk] === 0);
  }

  add(chunk: number, chunks: number, values: Uint8Array): ChunkOutcome {
    if (chunks !== this.chunks || !Number.isInteger(chunk) || chunk < 0 || chunk >= chunks) return 'wrong-count';
    const { first, end } = chunkRange(this.#target.length, chunk, this.#chunkElements);
    if (values.length !== (end - first) * BYTES) return 'wrong-size';
    if (this.#present[chunk] === 1) return 'double';
    copyFloats(values, this.#target, first);
    this.#present[chunk] = 1;
    this.#missing -= 1;
    return this.#missing === 0 ? 'complete' : 'added';
  }

  /** Forgets all chunks, to collect the next vector of the same length in the same memory. */
  reset(): void {
    this.#present.fill(0);
    this.#missing = this.chunks;
  }
}
