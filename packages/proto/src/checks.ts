/**
 * What every field of every frame must look like. The same rules hold for a frame that is sent and for one that came
 * in, so a mistake shows where it is made. A rule returns what would be right, or undefined when the value is.
 */
import type {
  Frame,
  FrameOf,
  FrameType,
  GraphReference,
  HeldJob,
  JobLogLine,
  SliceRange,
  SplitReference,
} from './frames.js';
import { LIMITS } from './limits.js';
import { isToken } from './subjects.js';

type Rule = (value: unknown) => string | undefined;
type Rules<T> = Readonly<Record<Exclude<keyof T, 'type'>, Rule>>;

function rule(expected: string, test: (value: unknown) => boolean): Rule {
  return (value) => (test(value) ? undefined : expected);
}

function matches(expected: string, pattern: RegExp): Rule {
  return rule(expected, (value) => typeof value === 'string' && pattern.test(value));
}

function integer(least: number, most: number): Rule {
  return rule(
    `an integer from ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

/** For people: control characters could forge lines in a log or drive a terminal. */
function text(most: number): Rule {
  return rule(
    `text of at most ${most} characters without control characters`,
    (value) => typeof value === 'string' && value.length <= most && !/[\u0000-\u001f\u007f-\u009f]/.test(value),
  );
}

function bytes(least: number, most: number, multiple = 1): Rule {
  return rule(
    `${least} to ${most} bytes, a multiple of ${multiple}`,
    (value) =>
      value instanceof Uint8Array && value.length >= least && value.length <= most && value.length % multiple === 0,
  );
}

function list(least: number, most: number, element: Rule): Rule {
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      return `${least} to ${most} elements`;
    }
    for (let i = 0; i < value.length; i += 1) {
      const expected = element(value[i]);
      if (expected !== undefined) return `element ${i} to be ${expected}`;
    }
    return undefined;
  };
}

function object<T>(rules: Rules<T>, together: (value: T) => string | undefined = () => undefined): Rule {
  return (value) => firstFault(rules, value) ?? together(value as T);
}

function firstFault(rules: Readonly<Record<string, Rule>>, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'an object';
  for (const [name, check] of Object.entries(rules)) {
    const expected = check((value as Readonly<Record<string, unknown>>)[name]);
    if (expected !== undefined) return `${name} must be ${expected}`;
  }
  return undefined;
}

const token = rule('1 to 64 of A-Z a-z 0-9 _ -', (value) => typeof value === 'string' && isToken(value));
const name = matches('1 to 64 of A-Z a-z 0-9 . _ -', /^[A-Za-z0-9._-]{1,64}$/);
const key = matches('1 to 128 of A-Z a-z 0-9 . _ : -', /^[A-Za-z0-9._:-]{1,128}$/);
const sha256 = matches('64 hexadecimal digits', /^[0-9a-f]{64}$/);
const errorCode = matches('an error code', /^[A-Z][A-Z0-9_]{0,63}$/);
const splitName = matches('train, validation or test', /^(?:train|validation|test)$/);
const roundKind = matches('train or evaluate', /^(?:train|evaluate)$/);
const userKey = matches('the public key of a NATS user', /^U[A-Z2-7]{55}$/);
const jwt = matches('a JWT of at most 8192 characters, or nothing', /^[A-Za-z0-9._-]{0,8192}$/);
const flag = rule('true or false', (value) => typeof value === 'boolean');
const counter = integer(0, Number.MAX_SAFE_INTEGER);
const uint32 = integer(0, 2 ** 32 - 1);
const chunks = integer(1, LIMITS.chunks);
const chunk = integer(0, LIMITS.chunks - 1);
const values = bytes(4, LIMITS.chunkBytes, 4);

const graph = object<GraphReference>({ key, sha256 });
const heldJob = object<HeldJob>({ job: token, term: counter });
const split = object<SplitReference>({
  name: splitName,
  dataset: name,
  manifest: bytes(0, LIMITS.frameBytes),
  split: name,
});
const range = object<SliceRange>(
  { worker: token, first: integer(0, LIMITS.slices), end: integer(1, LIMITS.slices) },
  ({ first, end }) => (first < end ? undefined : 'a range whose first is below its end'),
);

const logLine = object<JobLogLine>({
  milliseconds: counter,
  level: matches('a level', /^[a-z]{1,16}$/),
  message: text(LIMITS.text),
  details: text(LIMITS.text),
});

const RULES: { readonly [T in FrameType]: Rules<FrameOf<T>> } = {
  hello: {
    worker: token,
    protocol: uint32,
    threads: integer(1, LIMITS.threads),
    host: text(LIMITS.shortText),
    pid: uint32,
    cpuClass: text(LIMITS.shortText),
    memoryBytes: counter,
    newestProtocol: uint32,
  },
  welcome: {
    accepted: flag,
    reason: text(LIMITS.text),
    heartbeatMilliseconds: integer(0, 3_600_000),
    session: (value) => (value === '' ? undefined : token(value)),
    protocol: uint32,
  },
  heartbeat: { worker: token, session: token, draining: flag, holds: list(0, LIMITS.heldJobs, heldJob) },
  prepare: {
    job: token,
    term: counter,
    graphs: list(0, LIMITS.graphs, graph),
    splits: list(0, LIMITS.splits, split),
    parameters: integer(1, LIMITS.parameters),
    sliceSize: integer(1, LIMITS.samples),
    seed: counter,
    metricSums: integer(0, LIMITS.metricSums),
  },
  prepared: { worker: token, job: token, term: counter, canary: sha256 },
  begin: {
    job: token,
    term: counter,
    round: counter,
    kind: roundKind,
    step: counter,
    split: splitName,
    samples: list(1, LIMITS.samples, uint32),
    ranges: list(0, LIMITS.ranges, range),
    nextShards: list(0, LIMITS.shards, uint32),
  },
  parameters: { job: token, term: counter, step: counter, chunk, chunks, values },
  parametersReceived: { worker: token, job: token, term: counter, step: counter, chunks },
  pullParameters: { worker: token, job: token, term: counter, step: counter },
  part: {
    worker: token,
    job: token,
    term: counter,
    round: counter,
    level: integer(0, LIMITS.level),
    index: integer(0, LIMITS.slices - 1),
    chunk,
    chunks,
    values,
    counts: list(0, LIMITS.counts, counter),
    computeMicroseconds: counter,
  },
  credit: { job: token, term: counter, bytes: counter },
  failed: {
    worker: token,
    job: token,
    term: counter,
    round: counter,
    code: errorCode,
    message: text(LIMITS.text),
  },
  release: { job: token, term: counter },
  leave: { worker: token, session: token },
  drain: { session: token },
  enrol: { worker: token, publicKey: userKey },
  logs: { worker: token, job: token, lines: list(0, LIMITS.logLines, logLine), dropped: counter },
  enrolled: { accepted: flag, reason: text(LIMITS.text), jwt, seconds: integer(0, 2 ** 31) },
};

/** What is wrong with `frame`, in words; undefined when nothing is. */
export function findFault(frame: Frame): string | undefined {
  return firstFault(RULES[frame.type], frame) ?? findContradiction(frame);
}

/** Rules that more than one field take part in. */
function findContradiction(frame: Frame): string | undefined {
  if ((frame.type === 'parameters' || frame.type === 'part') && frame.chunk >= frame.chunks) {
    return 'chunk must be below chunks';
  }
  if (frame.type === 'part' && frame.counts.length > 0 && frame.chunk !== frame.chunks - 1) {
    return 'counts must be empty but in the last chunk';
  }
  if (frame.type === 'welcome' && frame.accepted && frame.session === '') {
    return 'session must be there when accepted';
  }
  return undefined;
}

/** Makes any string fit the rules for text: for messages of foreign errors, which must not get lost. */
export function plainText(value: string, most: number = LIMITS.text): string {
  const cleaned = value.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replace(/\p{Surrogate}/gu, '\ufffd');
  return cleaned.length <= most ? cleaned : `${cleaned.slice(0, most - 2).replace(/[\ud800-\udbff]$/, '')}…`;
}
