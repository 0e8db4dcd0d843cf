/** Values as files hold them, by NumPy's names of the types. */
export type ElementType = 'u1' | 'i1' | 'i2' | 'u2' | 'i4' | 'u4' | 'i8' | 'u8' | 'f4' | 'f8';

interface Element {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, littleEndian: boolean) => number;
}

export const ELEMENT_TYPES: Readonly<Record<ElementType, Element>> = {
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
};

/** Bytes as they are, everything else as float32; infinite where float32 cannot hold it. */
export function readElements(
  bytes: Uint8Array,
  type: ElementType,
  littleEndian: boolean,
): Uint8Array | Float32Array<ArrayBuffer> {
  if (type === 'u1') return bytes;
  const element = ELEMENT_TYPES[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(bytes.length / element.bytes);
  for (let index = 0; index < values.length; index += 1) {
    values[index] = element.read(view, index * element.bytes, littleEndian);
  }
  return values;
}
