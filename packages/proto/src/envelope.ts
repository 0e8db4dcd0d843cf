/**
 * The outermost layer of a frame, read before the rest: which version and which body it holds, and where. So another
 * version is told apart from damage, and a frame is refused by its size before anything is allocated for it.
 */
import protobuf from 'protobufjs/minimal.js';
import { lockstep } from '../generated/lockstep.js';
import type { FrameType, ParametersFrame, PartFrame } from './frames.js';
import { versionOf } from './versions.js';
import { BODY_NUMBERS, VALUES_NUMBERS } from './wire.js';

const VERSION_NUMBER = 1;
const VARINT = 0;
const LENGTH_DELIMITED = 2;

const TYPES: ReadonlyMap<number, FrameType> = new Map(
  (Object.keys(BODY_NUMBERS) as FrameType[]).map((type) => [BODY_NUMBERS[type], type]),
);

export interface Envelope {
  readonly version: number;
  /** Undefined when there is none, or one that this version does not know. */
  readonly type: FrameType | undefined;
  /** A view. */
  readonly body: Uint8Array;
  /** A frame has one body; two are an attempt to have the checks see one and the receiver the other. */
  readonly bodies: number;
}

/** Throws what protobufjs throws when `bytes` is not a protobuf message. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  const reader = protobuf.Reader.create(bytes);
  let envelope: Envelope = { version: 0, type: undefined, body: bytes.subarray(0, 0), bodies: 0 };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const [number, wireType] = [tag >>> 3, tag & 7];
    const type = TYPES.get(number);
    if (number === VERSION_NUMBER && wireType === VARINT) envelope = { ...envelope, version: reader.uint32() };
    else if (type !== undefined && wireType === LENGTH_DELIMITED) {
      envelope = { ...envelope, type, body: reader.bytes(), bodies: envelope.bodies + 1 };
    } else reader.skipType(wireType, 0, number);
  }
  return envelope;
}

function tagOf(number: number): number {
  return (number << 3) | LENGTH_DELIMITED;
}

/**
 * A frame with bulk data. protobufjs would move the values twice more: it grows its buffer as it writes, and shifts a
 * nested message when its length is known. Fields may come in any order, so the values come last, and the rest before
 * them is small: the values are copied once, into memory of the right size.
 */
export function writeBulkFrame(frame: ParametersFrame | PartFrame, checksum: number): Uint8Array {
  const rest = writeWithoutValues(frame, checksum);
  const { length } = frame.values;
  const head = protobuf.Writer.create().uint32(tagOf(VALUES_NUMBERS[frame.type])).uint32(length).finish();
  const start = protobuf.Writer.create()
    .uint32((VERSION_NUMBER << 3) | VARINT)
    .uint32(versionOf(frame.type))
    .uint32(tagOf(BODY_NUMBERS[frame.type]))
    .uint32(rest.length + head.length + length)
    .finish();
  // Not zeroed first, and not from the pool, which the message would keep alive.
  const bytes = Buffer.allocUnsafeSlow(start.length + rest.length + head.length + length);
  let position = 0;
  for (const piece of [start, rest, head, frame.values]) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

const NO_VALUES = new Uint8Array(0);

function writeWithoutValues(frame: ParametersFrame | PartFrame, checksum: number): Uint8Array {
  return frame.type === 'part'
    ? lockstep.v1.Part.encode({ ...frame, counts: [...frame.counts], values: NO_VALUES, checksum }).finish()
    : lockstep.v1.Parameters.encode({ ...frame, values: NO_VALUES, checksum }).finish();
}
