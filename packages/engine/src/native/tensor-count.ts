/**
 * How many native tensors this thread has, and their bytes: counted where they are made and deleted, since to ask the
 * addon would be a native call more. What tfjs itself makes while graphs are recorded is not in it.
 */
export interface TensorCount {
  readonly tensors: number;
  readonly bytes: number;
}

let tensors = 0;
let bytes = 0;
let atLastCall: TensorCount = { tensors: 0, bytes: 0 };

export function tensorMade(size: number): void {
  tensors += 1;
  bytes += size;
}

export function tensorDeleted(size: number): void {
  tensors -= 1;
  bytes -= size;
}

/** A graph has run, and neither what went in nor what came out is deleted yet. */
export function graphHasRun(): void {
  atLastCall = { tensors, bytes };
}

/**
 * At the end of the last native call, with its inputs and outputs: the same from step to step unless some are never
 * deleted.
 */
export function tensorsAtLastCall(): TensorCount {
  return atLastCall;
}
