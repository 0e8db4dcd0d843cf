/**
 * The safetensors format (https://github.com/huggingface/safetensors, "Format"): the header's length as a little-endian
 * u64, a JSON header of names to dtype, shape and offsets, then the tensors without gaps, row-major and little-endian.
 * Reading trusts nothing: a shard may have come over the network or from a damaged disk.
 *
 * Typed arrays have the byte order of the machine, and every platform that TensorFlow runs on is little-endian.
 */
import { LockstepError } from '../errors.js';
import { DTYPE_BYTES, parseHeader, type DataOf, type TensorDtype, type TensorEntry } from './safetensors-header.js';

export type { TensorDtype };

/** One tensor; narrow on `dtype` to get the type of `data`. */
export type SafeTensor = {
  [D in TensorDtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: DataOf[D] };
}[TensorDtype];

export interface SafetensorsFile {
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const LENGTH_BYTES = 8;
const METADATA_KEY = '__metadata__';

/**
 * Writes tensors into one file. The widest types come first, each in the order given, so that all of them are aligned
 * and can be read without a copy; the header is padded with spaces to 8 bytes. Equal input gives equal bytes.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: SafeTensor]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort(([, a], [, b]) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const header = new Map<string, unknown>();
  const texts = [...metadata];
  if (texts.length > 0) header.set(METADATA_KEY, Object.fromEntries(texts));
  let size = 0;
  for (const [name, tensor] of ordered) {
    if (header.has(name) || name === METADATA_KEY) {
      throw new LockstepError('INVALID_DATASET', `The tensor name '${name}' is taken.`);
    }
    checkElements(name, tensor);
    const { dtype, shape, data } = tensor;
    header.set(name, { dtype, shape, data_offsets: [size, size + data.byteLength] });
    size += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = LENGTH_BYTES + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + size).fill(0x20, 0, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  copyTensors(bytes, start, ordered);
  return bytes;
}

/**
 * Reads a file. The tensors are views into `bytes` where they are aligned, and copies where they are not. Throws
 * LockstepError INVALID_DATASET if anything is not as the format has it.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.length < LENGTH_BYTES) throw invalid(`has ${bytes.length} bytes, too few for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - LENGTH_BYTES)) {
    throw invalid(`gives its header ${headerLength} bytes, but has only ${bytes.length - LENGTH_BYTES}`);
  }
  const start = LENGTH_BYTES + Number(headerLength);
  const { entries, metadata } = parseHeader(bytes.subarray(LENGTH_BYTES, start), bytes.length - start);
  const tensors = new Map<string, SafeTensor>();
  for (const entry of entries) {
    tensors.set(entry.name, viewTensor(entry, bytes.subarray(start + entry.begin, start + entry.end)));
  }
  return { tensors, metadata };
}

function viewTensor({ dtype, shape }: TensorEntry, bytes: Uint8Array): SafeTensor {
  const aligned = bytes.byteOffset % DTYPE_BYTES[dtype] === 0 ? bytes : bytes.slice();
  const place = [aligned.buffer, aligned.byteOffset, aligned.byteLength / DTYPE_BYTES[dtype]] as const;
  switch (dtype) {
    case 'F64':
      return { dtype, shape, data: new Float64Array(...place) };
    case 'F32':
      return { dtype, shape, data: new Float32Array(...place) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(...place) };
    case 'U32':
      return { dtype, shape, data: new Uint32Array(...place) };
    case 'U8':
      return { dtype, shape, data: new Uint8Array(...place) };
  }
}

function copyTensors(bytes: Uint8Array, start: number, ordered: readonly (readonly [string, SafeTensor])[]): void {
  let offset = start;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
}

function checkElements(name: string, { dtype, shape, data }: SafeTensor): void {
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements !== data.length || data.BYTES_PER_ELEMENT !== DTYPE_BYTES[dtype]) {
    throw new LockstepError(
      'INVALID_DATASET',
      `The tensor '${name}' of shape [${shape.join(', ')}] (${dtype}) does not have ${data.length} elements.`,
    );
  }
}

function invalid(message: string): LockstepError {
  return new LockstepError('INVALID_DATASET', `The safetensors file ${message}.`);
}
