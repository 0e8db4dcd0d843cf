/** What goes over the wire between coordinator and workers: frames, their codec, subjects and chunks. */
export { decodeFrame, encodeFrame } from './codec.js';
export type { DecodedFrame, DecodeResult, RefusalReason, RefusedFrame } from './codec.js';
export { plainText } from './checks.js';
export { CHUNK_ELEMENTS, ChunkAssembler, chunkCount, chunkRange, copyFloats, floatBytes } from './chunking.js';
export type { ChunkOutcome, ChunkRange } from './chunking.js';
export type * from './frames.js';
export { LIMITS } from './limits.js';
export { agreeOnProtocol, PROTOCOL, rangeOf, type ProtocolRange } from './versions.js';
export { isToken, subjects, workerOf } from './subjects.js';
