/**
 * Between protobufjs' messages and the project's frames: gives them their types, and drops what belongs to the wire
 * alone (version, enum numbers; the checksum is kept apart). Checks nothing: checks.ts does, on the frames.
 */
import { lockstep } from '../generated/lockstep.js';
import type { Frame, FrameType, RoundKind, SplitName } from './frames.js';
import { versionOf } from './versions.js';

const v1 = lockstep.v1;

/** Field numbers of the bodies in message Frame. */
export const BODY_NUMBERS: Readonly<Record<FrameType, number>> = {
  hello: 2,
  welcome: 3,
  heartbeat: 4,
  prepare: 5,
  prepared: 6,
  begin: 7,
  parameters: 8,
  parametersReceived: 9,
  pullParameters: 10,
  part: 11,
  credit: 12,
  failed: 13,
  release: 14,
  leave: 15,
  drain: 16,
  enrol: 17,
  enrolled: 18,
  logs: 19,
};

/** Field number of `values` in the messages that carry bulk data. */
export const VALUES_NUMBERS = { parameters: 6, part: 9 } as const;

const ROUND_KINDS: Readonly<Record<RoundKind, lockstep.v1.RoundKind>> = {
  train: v1.RoundKind.ROUND_KIND_TRAIN,
  evaluate: v1.RoundKind.ROUND_KIND_EVALUATE,
};

function roundKind(value: number): RoundKind {
  const known = (Object.keys(ROUND_KINDS) as RoundKind[]).find((kind) => ROUND_KINDS[kind] === value);
  // An unknown kind stays in the frame as text; the checks refuse it there with the field's name.
  return known ?? (String(value) as RoundKind);
}

/** A frame before its checks, and the checksum that came with its values. */
export interface WireFrame {
  readonly frame: Frame;
  readonly checksum: number;
}

/**
 * One reader a body. They copy field by field: what protobufjs returns has its defaults on the prototype, where
 * neither a spread nor a comparison sees them.
 */
const READERS: Readonly<Record<FrameType, (body: Uint8Array) => Frame | WireFrame>> = {
  hello: (body) => {
    const { worker, protocol, threads, host, pid, cpuClass, memoryBytes, newestProtocol } = v1.Hello.decode(body);
    return { type: 'hello', worker, protocol, threads, host, pid, cpuClass, memoryBytes, newestProtocol };
  },
  welcome: (body) => {
    const { accepted, reason, heartbeatMilliseconds, session, protocol } = v1.Welcome.decode(body);
    return { type: 'welcome', accepted, reason, heartbeatMilliseconds, session, protocol };
  },
  heartbeat: (body) => {
    const { worker, session, draining, holds } = v1.Heartbeat.decode(body);
    return {
      ...{ type: 'heartbeat', worker, session, draining },
      holds: (holds as lockstep.v1.HeldJob[]).map(({ job, term }) => ({ job, term })),
    };
  },
  prepare: (body) => {
    const { job, term, graphs, splits, parameters, sliceSize, seed, metricSums } = v1.Prepare.decode(body);
    return {
      type: 'prepare',
      ...{ job, term, parameters, sliceSize, seed, metricSums },
      graphs: (graphs as lockstep.v1.GraphReference[]).map(({ key, sha256 }) => ({ key, sha256 })),
      splits: (splits as lockstep.v1.SplitReference[]).map(({ name, dataset, manifest, split }) => ({
        ...{ name: name as SplitName, dataset, manifest, split },
      })),
    };
  },
  prepared: (body) => {
    const { worker, job, term, canary } = v1.Prepared.decode(body);
    return { type: 'prepared', worker, job, term, canary };
  },
  begin: (body) => {
    const { job, term, round, kind, step, split, samples, ranges, nextShards } = v1.Begin.decode(body);
    return {
      type: 'begin',
      ...{ job, term, round, kind: roundKind(kind), step, split: split as SplitName, samples, nextShards },
      ranges: (ranges as lockstep.v1.Range[]).map(({ worker, first, end }) => ({ worker, first, end })),
    };
  },
  parameters: (body) => {
    const { job, term, step, chunk, chunks, values, checksum } = v1.Parameters.decode(body);
    return { frame: { type: 'parameters', job, term, step, chunk, chunks, values }, checksum };
  },
  parametersReceived: (body) => {
    const { worker, job, term, step, chunks } = v1.ParametersReceived.decode(body);
    return { type: 'parametersReceived', worker, job, term, step, chunks };
  },
  pullParameters: (body) => {
    const { worker, job, term, step } = v1.PullParameters.decode(body);
    return { type: 'pullParameters', worker, job, term, step };
  },
  part: (body) => {
    const message: lockstep.v1.Part = v1.Part.decode(body);
    const { worker, job, term, round, level, index, chunk, chunks, values, counts, computeMicroseconds } = message;
    const node = { worker, job, term, round, level, index };
    return {
      frame: { type: 'part', ...node, chunk, chunks, values, counts, computeMicroseconds },
      checksum: message.checksum,
    };
  },
  credit: (body) => {
    const { job, term, bytes } = v1.Credit.decode(body);
    return { type: 'credit', job, term, bytes };
  },
  failed: (body) => {
    const { worker, job, term, round, code, message } = v1.Failed.decode(body);
    return { type: 'failed', worker, job, term, round, code, message };
  },
  release: (body) => {
    const { job, term } = v1.Release.decode(body);
    return { type: 'release', job, term };
  },
  leave: (body) => {
    const { worker, session } = v1.Leave.decode(body);
    return { type: 'leave', worker, session };
  },
  drain: (body) => {
    const { session } = v1.Drain.decode(body);
    return { type: 'drain', session };
  },
  enrol: (body) => {
    const { worker, publicKey } = v1.Enrol.decode(body);
    return { type: 'enrol', worker, publicKey };
  },
  enrolled: (body) => {
    const { accepted, reason, jwt, seconds } = v1.Enrolled.decode(body);
    return { type: 'enrolled', accepted, reason, jwt, seconds };
  },
  logs: (body) => {
    const { worker, job, lines, dropped } = v1.Logs.decode(body);
    return {
      type: 'logs',
      ...{ worker, job, dropped },
      lines: (lines as lockstep.v1.LogLine[]).map(({ milliseconds, level, message, details }) => ({
        ...{ milliseconds, level, message, details },
      })),
    };
  },
};

/** Reads the body of a frame; throws what protobufjs throws when it is not a message of that type. */
export function readBody(type: FrameType, body: Uint8Array): WireFrame {
  const read = READERS[type](body);
  return 'frame' in read ? read : { frame: read, checksum: 0 };
}

/** The whole message for a frame without bulk data. */
export function writeFrame(frame: Frame): Uint8Array {
  return v1.Frame.encode({ version: versionOf(frame.type), [frame.type]: bodyOf(frame) }).finish();
}

function bodyOf(frame: Frame): object {
  return frame.type === 'begin' ? { ...frame, kind: ROUND_KINDS[frame.kind] } : frame;
}
