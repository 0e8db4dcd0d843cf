/** The JSON header of a safetensors file, checked against everything it could claim falsely. */
import { z } from 'zod';
import { LockstepError } from '../errors.js';
import { findDuplicateKey } from './json-duplicates.js';

/** Elements of one tensor, by safetensors' name of the type. */
export interface DataOf {
  F64: Float64Array;
  F32: Float32Array;
  I32: Int32Array;
  U32: Uint32Array;
  U8: Uint8Array;
}

export type TensorDtype = keyof DataOf;

export const DTYPE_BYTES: Readonly<Record<TensorDtype, number>> = { F64: 8, F32: 4, I32: 4, U32: 4, U8: 1 };

export interface TensorEntry {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The reference implementation's limit. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_RANK = 16;

const size = z.number().int().min(0);
const entrySchema = z.strictObject({
  dtype: z.enum(Object.keys(DTYPE_BYTES) as [TensorDtype, ...TensorDtype[]]),
  shape: z.array(size).max(MAX_RANK),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/** Parses a header before `dataBytes` bytes of tensors; throws LockstepError INVALID_DATASET. */
export function parseHeader(bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  if (bytes.length > MAX_HEADER_BYTES) throw invalid(`is ${bytes.length} bytes long, more than ${MAX_HEADER_BYTES}`);
  const fields = parseObject(bytes);
  let metadata = new Map<string, string>();
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name === '__metadata__') metadata = parseMetadata(value);
    else entries.push(parseEntry(name, value));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, dataBytes);
  return { entries, metadata };
}

function parseObject(bytes: Uint8Array): object {
  // The format asks for the brace, so that no byte order mark or space hides before it.
  if (bytes[0] !== 0x7b) throw invalid('must begin with {');
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    const duplicate = findDuplicateKey(text);
    if (duplicate !== undefined) throw invalid(`has the key ${JSON.stringify(duplicate.slice(0, 100))} twice`);
    if (typeof value !== 'object' || value === null) throw invalid('must be an object');
    return value;
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw invalid('is not valid JSON', error);
  }
}

function parseEntry(name: string, value: unknown): TensorEntry {
  const label = JSON.stringify(name.slice(0, 100));
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw invalid(`describes the tensor ${label} wrongly: ${reasons.join('; ')}`);
  }
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  const [begin, end] = offsets;
  if (end - begin !== byteLength(dtype, shape)) {
    throw invalid(`gives the tensor ${label} of [${shape.join(', ')}] (${dtype}) the bytes ${begin} to ${end}`);
  }
  return { name, dtype, shape, begin, end };
}

/** NaN where a product on the way leaves the safe integers, even if a later 0 would bring it back. */
function byteLength(dtype: TensorDtype, shape: readonly number[]): number {
  return shape.reduce((product, dimension) => {
    const next = product * dimension;
    return Number.isSafeInteger(next) ? next : NaN;
  }, DTYPE_BYTES[dtype]);
}

function parseMetadata(value: unknown): Map<string, string> {
  const parsed = metadataSchema.safeParse(value);
  if (!parsed.success) throw invalid('must have only text in __metadata__');
  return new Map(Object.entries(parsed.data));
}

/** The tensors must cover all bytes, without gaps or overlaps: a gap could hide anything. */
function checkCoverage(entries: readonly TensorEntry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    const label = JSON.stringify(name.slice(0, 100));
    if (begin < covered) throw invalid(`lets the tensor ${label} overlap the one before it`);
    if (begin > covered) throw invalid(`leaves a gap before the tensor ${label}`);
    covered = end;
  }
  if (covered !== dataBytes) throw invalid(`describes ${covered} bytes of tensors, but there are ${dataBytes}`);
}

function invalid(message: string, cause?: unknown): LockstepError {
  return new LockstepError('INVALID_DATASET', `The header of the safetensors file ${message}.`, { cause });
}
