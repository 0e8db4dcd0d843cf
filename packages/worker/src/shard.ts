/** A shard's rows in memory, and how they get into a minibatch. */
import { LockstepError, readSafetensors } from '@lockstep/core';

export interface Shard {
  /** Rows of features, one after the other. */
  readonly x: Uint8Array | Float32Array;
  /** Class numbers (I32), or rows of targets (F32). */
  readonly y: Int32Array | Float32Array;
  readonly bytes: number;
}

/** Which row of a minibatch is which row of a shard. */
export interface RowPlace {
  readonly row: number;
  readonly place: number;
}

/** Where a minibatch's rows go. */
export interface RowTarget {
  readonly x: Uint8Array | Float32Array;
  readonly y: Int32Array | Float32Array;
  /** Values of a sample. */
  readonly width: number;
  /** Values of its label. */
  readonly targets: number;
}

/** @throws LockstepError INVALID_DATASET */
export function parseShard(sha256: string, bytes: Uint8Array): Shard {
  const { tensors } = readSafetensors(bytes);
  const [x, y] = [tensors.get('x'), tensors.get('y')];
  const features = x?.dtype === 'U8' || x?.dtype === 'F32' ? x.data : undefined;
  if (features === undefined || (y?.dtype !== 'I32' && y?.dtype !== 'F32')) {
    throw new LockstepError('INVALID_DATASET', `shard ${sha256} has no tensors x (U8 or F32) and y (I32 or F32)`);
  }
  return { x: features, y: y.data, bytes: bytes.byteLength };
}

export function copyRows({ x, y }: Shard, places: readonly RowPlace[], target: RowTarget): void {
  const { width, targets } = target;
  for (const { row, place } of places) {
    target.x.set(x.subarray(place * width, (place + 1) * width), row * width);
    // A view a row costs more than the one number that it would copy.
    if (targets === 1) target.y[row] = y[place] as number;
    else target.y.set(y.subarray(place * targets, (place + 1) * targets), row * targets);
  }
}

/** The bytes of values, to the place of the value with that number. */
export function copyBytes(bytes: Uint8Array, into: Uint8Array | Int32Array | Float32Array, index: number): void {
  new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes, index * into.BYTES_PER_ELEMENT);
}
