/**
 * Shared memory that is used again. Made anew for every call it would be mapped, zeroed and collected each time, and
 * V8 answers so much memory outside its heap with a full collection every few steps.
 */
export class SharedBuffers {
  /** By bytes. */
  readonly #spare = new Map<number, SharedArrayBuffer[]>();

  uint8(length: number): Uint8Array {
    return new Uint8Array(this.#acquire(length));
  }

  float32(length: number): Float32Array {
    return new Float32Array(this.#acquire(length * Float32Array.BYTES_PER_ELEMENT));
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.#acquire(length * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Nothing reads the array any more. */
  release({ buffer }: Uint8Array | Float32Array | Int32Array): void {
    if (!(buffer instanceof SharedArrayBuffer)) return;
    const spare = this.#spare.get(buffer.byteLength);
    if (spare === undefined) this.#spare.set(buffer.byteLength, [buffer]);
    else spare.push(buffer);
  }

  #acquire(bytes: number): SharedArrayBuffer {
    return this.#spare.get(bytes)?.pop() ?? new SharedArrayBuffer(bytes);
  }
}
