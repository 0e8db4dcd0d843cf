/**
 * Event files as TensorBoard reads them: records (tensorflow/core/lib/io/record_writer.h) of `Event` messages
 * (tensorflow/core/util/event.proto). tfjs-node has a writer too; with it, a command that only talks to a service
 * would have to load TensorFlow's native library.
 */
import protobuf from 'protobufjs/minimal.js';

/** A value at a step. */
export interface Scalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const VERSION = 'brain.Event:2';

/** The first record of a file. */
export function versionRecord(wallSeconds: number): Uint8Array {
  return record(event(wallSeconds).uint32(tag(3, LENGTH_DELIMITED)).string(VERSION));
}

/** Summary.Value has its tag as field 1 and `simple_value` as field 2. */
export function scalarRecord(wallSeconds: number, scalar: Scalar): Uint8Array {
  const writer = event(wallSeconds).uint32(tag(2, VARINT)).int64(scalar.step);
  writer.uint32(tag(5, LENGTH_DELIMITED)).fork().uint32(tag(1, LENGTH_DELIMITED)).fork();
  writer.uint32(tag(1, LENGTH_DELIMITED)).string(scalar.tag).uint32(tag(2, FIXED32)).float(scalar.value);
  return record(writer.ldelim().ldelim());
}

function event(wallSeconds: number): protobuf.Writer {
  return protobuf.Writer.create().uint32(tag(1, FIXED64)).double(wallSeconds);
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** Length, its checksum, the bytes, their checksum; all little-endian. */
function record(writer: protobuf.Writer): Uint8Array {
  const bytes = writer.finish();
  const framed = new Uint8Array(bytes.length + 16);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, maskedChecksum(framed.subarray(0, 8)), true);
  framed.set(bytes, 12);
  view.setUint32(12 + bytes.length, maskedChecksum(bytes), true);
  return framed;
}

/** Masked, since a checksum of data that has checksums in it says little. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32C (Castagnoli), reflected; Node's zlib has the other polynomial only. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});
