/**
 * Frames to bytes and back. This is the border to everything that comes in from outside: decodeFrame takes any bytes
 * whatsoever, never throws, and lets nothing through that breaks a rule of checks.ts.
 */
import { crc32 } from 'node:zlib';
import { LockstepError } from '@lockstep/core';
import { findFault } from './checks.js';
import { readEnvelope, writeBulkFrame } from './envelope.js';
import type { Envelope } from './envelope.js';
import type { Frame, FrameType } from './frames.js';
import { LIMITS } from './limits.js';
import { isHandshake, PROTOCOL } from './versions.js';
import { readBody, writeFrame } from './wire.js';

/**
 * Why a frame was refused: not a protobuf message with one body, a version that is not spoken here, larger than its type may
 * be, a field (or several together) against the rules, or values that do not have their checksum.
 */
export type RefusalReason = 'malformed' | 'version' | 'oversized' | 'field' | 'checksum';

export interface DecodedFrame {
  readonly ok: true;
  readonly frame: Frame;
}

export interface RefusedFrame {
  readonly ok: false;
  readonly reason: RefusalReason;
  /** For a log; holds nothing of the frame's content but numbers and the names of fields. */
  readonly detail: string;
}

export type DecodeResult = DecodedFrame | RefusedFrame;

const LARGE: ReadonlySet<FrameType> = new Set<FrameType>(['begin', 'prepare', 'parameters', 'part']);

function sizeLimit(type: FrameType): number {
  return LARGE.has(type) ? LIMITS.frameBytes : LIMITS.smallFrameBytes;
}

/**
 * The same memory without Node's Buffer around it, so that the type of `values` does not depend on where a message
 * comes from.
 */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function refuse(reason: RefusalReason, detail: string): RefusedFrame {
  return { ok: false, reason, detail };
}

/**
 * The message for a frame. Throws FRAME_INVALID when a field breaks a rule, PAYLOAD_TOO_LARGE when the message would
 * be larger than its type may be.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const fault = findFault(frame);
  if (fault !== undefined) throw new LockstepError('FRAME_INVALID', `A ${frame.type} frame cannot be sent: ${fault}.`);
  const bulk = frame.type === 'parameters' || frame.type === 'part';
  const bytes = bulk ? writeBulkFrame(frame, crc32(frame.values)) : writeFrame(frame);
  if (bytes.length > sizeLimit(frame.type)) {
    throw new LockstepError(
      'PAYLOAD_TOO_LARGE',
      `A ${frame.type} frame of ${bytes.length} bytes is over the limit of ${sizeLimit(frame.type)}.`,
    );
  }
  return plain(bytes);
}

/**
 * The frame in a message, or why there is none. Never throws. `values` and `manifest` are views into `bytes`: copy
 * what outlives it.
 */
export function decodeFrame(bytes: Uint8Array): DecodeResult {
  if (bytes.length > LIMITS.frameBytes) {
    return refuse('oversized', `${bytes.length} bytes, more than ${LIMITS.frameBytes}`);
  }
  let envelope: Envelope;
  try {
    envelope = readEnvelope(plain(bytes));
  } catch (error) {
    return refuse('malformed', reasonOf(error));
  }
  const { version, type, body, bodies } = envelope;
  if (!isHandshake(type) && (version < 1 || version > PROTOCOL.newest)) {
    return refuse('version', `version ${version}, not 1 to ${PROTOCOL.newest}`);
  }
  if (type === undefined || bodies !== 1) return refuse('malformed', `${bodies} known bodies, not 1`);
  if (bytes.length > sizeLimit(type)) {
    return refuse('oversized', `a ${type} frame of ${bytes.length} bytes, more than ${sizeLimit(type)}`);
  }
  return decodeBody(type, body);
}

function decodeBody(type: FrameType, body: Uint8Array): DecodeResult {
  try {
    const { frame, checksum } = readBody(type, body);
    const fault = findFault(frame);
    if (fault !== undefined) return refuse('field', `${type}: ${fault}`);
    if ('values' in frame && crc32(frame.values) !== checksum) {
      return refuse('checksum', `${type}: ${frame.values.length} bytes of values are damaged`);
    }
    return { ok: true, frame };
  } catch (error) {
    return refuse('malformed', `${type}: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
