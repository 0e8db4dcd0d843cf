/**
 * The frames as the services see them: plain objects told apart by `type`. proto/lockstep.proto says what each is for
 * and is their definition on the wire; the codec turns one into the other and checks every field on the way.
 *
 * Identifiers (`worker`, `job`, `session`) are 1 to 64 of A-Z a-z 0-9 _ and -, so that they can be tokens of a subject.
 */

export interface HelloFrame {
  readonly type: 'hello';
  readonly worker: string;
  /** The oldest version that the worker speaks. */
  readonly protocol: number;
  readonly threads: number;
  readonly host: string;
  readonly pid: number;
  readonly cpuClass: string;
  /** What all its jobs together may take; 0 when it does not say. */
  readonly memoryBytes: number;
  /** The newest version that the worker speaks; 0 when `protocol` is the only one. */
  readonly newestProtocol: number;
}

export interface WelcomeFrame {
  readonly type: 'welcome';
  readonly accepted: boolean;
  /** Why not; empty when accepted. */
  readonly reason: string;
  readonly heartbeatMilliseconds: number;
  /** Of this admission; when not accepted, the one that is over, or empty. */
  readonly session: string;
  /** The version to use; 0 from a coordinator of version 1, and when not accepted. */
  readonly protocol: number;
}

export interface HeartbeatFrame {
  readonly type: 'heartbeat';
  readonly worker: string;
  readonly session: string;
  readonly draining: boolean;
  /** What the worker has not been released from; none from an older worker, which does not say. */
  readonly holds: readonly HeldJob[];
}

/** A job in one term, on a worker. */
export interface HeldJob {
  readonly job: string;
  readonly term: number;
}

export interface GraphReference {
  readonly key: string;
  readonly sha256: string;
}

export type SplitName = 'train' | 'validation' | 'test';

export interface SplitReference {
  readonly name: SplitName;
  readonly dataset: string;
  /** The dataset's manifest in JSON. */
  readonly manifest: Uint8Array;
  /** Name of the split within the dataset. */
  readonly split: string;
}

export interface PrepareFrame {
  readonly type: 'prepare';
  readonly job: string;
  readonly term: number;
  readonly graphs: readonly GraphReference[];
  readonly splits: readonly SplitReference[];
  readonly parameters: number;
  readonly sliceSize: number;
  readonly seed: number;
  /** Sums that an evaluation gives for metrics, before loss and weight. */
  readonly metricSums: number;
}

export interface PreparedFrame {
  readonly type: 'prepared';
  readonly worker: string;
  readonly job: string;
  readonly term: number;
  /** SHA-256 in hexadecimal. */
  readonly canary: string;
}

export interface SliceRange {
  readonly worker: string;
  /** Inclusive. */
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

export type RoundKind = 'train' | 'evaluate';

export interface BeginFrame {
  readonly type: 'begin';
  readonly job: string;
  readonly term: number;
  readonly round: number;
  readonly kind: RoundKind;
  readonly step: number;
  readonly split: SplitName;
  readonly samples: readonly number[];
  readonly ranges: readonly SliceRange[];
  /** Numbers of the split's shards that the next minibatch needs. */
  readonly nextShards: readonly number[];
}

export interface ParametersFrame {
  readonly type: 'parameters';
  readonly job: string;
  readonly term: number;
  readonly step: number;
  readonly chunk: number;
  readonly chunks: number;
  /** Little-endian float32; after decoding a view into the message, perhaps not aligned: see copyFloats. */
  readonly values: Uint8Array;
}

export interface ParametersReceivedFrame {
  readonly type: 'parametersReceived';
  readonly worker: string;
  readonly job: string;
  readonly term: number;
  readonly step: number;
  readonly chunks: number;
}

export interface PullParametersFrame {
  readonly type: 'pullParameters';
  readonly worker: string;
  readonly job: string;
  readonly term: number;
  readonly step: number;
}

export interface PartFrame {
  readonly type: 'part';
  readonly worker: string;
  readonly job: string;
  readonly term: number;
  readonly round: number;
  readonly level: number;
  readonly index: number;
  readonly chunk: number;
  readonly chunks: number;
  /** Little-endian float32; after decoding a view into the message, perhaps not aligned: see copyFloats. */
  readonly values: Uint8Array;
  /** Empty but in the last chunk. */
  readonly counts: readonly number[];
  readonly computeMicroseconds: number;
}

export interface CreditFrame {
  readonly type: 'credit';
  readonly job: string;
  readonly term: number;
  readonly bytes: number;
}

export interface FailedFrame {
  readonly type: 'failed';
  readonly worker: string;
  readonly job: string;
  readonly term: number;
  /** 0 when the job could not be prepared. */
  readonly round: number;
  readonly code: string;
  readonly message: string;
}

export interface ReleaseFrame {
  readonly type: 'release';
  readonly job: string;
  readonly term: number;
}

export interface LeaveFrame {
  readonly type: 'leave';
  readonly worker: string;
  readonly session: string;
}

export interface DrainFrame {
  readonly type: 'drain';
  /** Of the admission that is to end. */
  readonly session: string;
}

export interface EnrolFrame {
  readonly type: 'enrol';
  readonly worker: string;
  /** A NATS user's, in NATS' own notation. */
  readonly publicKey: string;
}

export interface EnrolledFrame {
  readonly type: 'enrolled';
  readonly accepted: boolean;
  /** Why not; empty when accepted. */
  readonly reason: string;
  /** Empty when not accepted. */
  readonly jwt: string;
  readonly seconds: number;
}

export interface JobLogLine {
  /** Since 1970, on the worker's clock. */
  readonly milliseconds: number;
  /** A level that is not known here is one of a later version. */
  readonly level: string;
  readonly message: string;
  /** A JSON object. */
  readonly details: string;
}

export interface LogsFrame {
  readonly type: 'logs';
  readonly worker: string;
  readonly job: string;
  readonly lines: readonly JobLogLine[];
  /** Lines before these that were too many to be sent. */
  readonly dropped: number;
}

export type Frame =
  | HelloFrame
  | WelcomeFrame
  | HeartbeatFrame
  | PrepareFrame
  | PreparedFrame
  | BeginFrame
  | ParametersFrame
  | ParametersReceivedFrame
  | PullParametersFrame
  | PartFrame
  | CreditFrame
  | FailedFrame
  | ReleaseFrame
  | LeaveFrame
  | DrainFrame
  | EnrolFrame
  | EnrolledFrame
  | LogsFrame;

export type FrameType = Frame['type'];
export type FrameOf<T extends FrameType> = Extract<Frame, { readonly type: T }>;
