/** NumPy's .npy (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): header and rows. */
import { invalidData } from '../source.js';
import type { ByteReader } from '../streams.js';
import { ELEMENT_TYPES, readElements, type ElementType } from './elements.js';

export interface NpyHeader {
  readonly type: ElementType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** Bytes of header and values together. */
  readonly bytes: number;
}

const MAGIC = '\x93NUMPY';
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_AXIS = 65_536;
const DICTIONARY =
  /^\{\s*'descr':\s*'([<>|=][a-zA-Z]\d*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/;

/** @throws LockstepError INVALID_DATASET, naming the array */
export async function readNpyHeader(reader: ByteReader, name: string): Promise<NpyHeader> {
  const magic = Buffer.from(await reader.read(8));
  if (magic.toString('latin1', 0, 6) !== MAGIC) throw invalidData(`${name} is no array of NumPy`);
  const [major = 0] = [magic[6]];
  if (major < 1 || major > 3) throw invalidData(`${name} is of version ${major} of the format; 1 to 3 are read`);
  const size = await reader.read(major === 1 ? 2 : 4);
  const length = size.length === 2 ? size.readUInt16LE() : size.length === 4 ? size.readUInt32LE() : Infinity;
  if (length > MAX_HEADER_BYTES) throw invalidData(`${name} has a header of ${length} bytes`);
  const start = 8 + size.length + length;
  const text = (await reader.read(length)).toString('utf8');
  const [, descr = '', fortran, axes = ''] = DICTIONARY.exec(text) ?? [];
  const type = typeOf(descr, name, text);
  const shape = axes.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)]));
  const wrong = shape.find(
    (axis, index) => axis === 0 || (index > 0 && axis > MAX_AXIS) || !Number.isSafeInteger(axis),
  );
  if (wrong !== undefined || shape.length < 1 || shape.length > 5) {
    throw invalidData(`${name} is of the shape (${shape.join(', ')})`, 'Arrays need 1 to 5 axes, none of them empty.');
  }
  if (fortran === 'True' && shape.length > 1) {
    throw invalidData(`${name} is in Fortran's order`, 'Save numpy.ascontiguousarray(array) instead.');
  }
  const bytes = shape.reduce((product, axis) => product * axis, ELEMENT_TYPES[type].bytes) + start;
  if (!Number.isSafeInteger(bytes)) throw invalidData(`${name} says to be of the shape (${shape.join(', ')})`);
  return { type, littleEndian: !descr.startsWith('>'), shape, bytes };
}

function typeOf(descr: string, name: string, header: string): ElementType {
  const type = descr.slice(1) === 'b1' ? 'u1' : descr.slice(1);
  if (type in ELEMENT_TYPES) return type as ElementType;
  const said = descr || header.trim().slice(0, 60);
  throw invalidData(
    `${name} holds ${said}; numbers of 1 to 8 bytes are read`,
    'Save array.astype("float32") or .astype("uint8"). Arrays of objects are never read: they may hold programs.',
  );
}

/** One row of the first axis after the other, from a reader that has read the header. */
export async function* npyRows(
  reader: ByteReader,
  { type, littleEndian, shape }: NpyHeader,
  name: string,
): AsyncGenerator<Uint8Array | Float32Array> {
  const [count = 0, ...rest] = shape;
  const bytes = rest.reduce((product, axis) => product * axis, ELEMENT_TYPES[type].bytes);
  for (let row = 0; row < count; row += 1) {
    const piece = await reader.read(bytes);
    if (piece.length < bytes) throw invalidData(`${name} is cut off: it says ${count} rows and has ${row}`);
    const values = readElements(piece, type, littleEndian);
    if (values instanceof Float32Array && !values.every(Number.isFinite)) {
      throw invalidData(`${name}: row ${row} has values that are not finite in float32`);
    }
    yield values;
  }
  if ((await reader.read(1)).length > 0) throw invalidData(`${name} is longer than the ${count} rows that it says`);
}
