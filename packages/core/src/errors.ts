/**
 * The one error type of the project. Every failure that a person can meet carries a stable code (documented in
 * docs/errors.md), what was wrong and where, and what to do about it.
 */

/** One fault of a validated input: a path into it, what was wrong and what would be right. */
export interface Fault {
  /** Dotted path into the input, such as `training.batchSize` or `model.layers[2].units`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export const ERROR_CODES = {
  INVALID_SPEC: 'The job file is not valid; every fault is listed with its path.',
  INVALID_DATASET: 'The dataset, its manifest or one of its shards is not valid.',
  INVALID_INSTANCES: 'What a model was asked about does not have the shape or the columns of its features.',
  INVALID_MODEL: 'A model that was imported has layers, weights or files that cannot be taken.',
  INVALID_OPTION: 'A command-line option or an environment variable has a value that cannot be used.',
  UNAUTHENTICATED: 'The request carries no token that the coordinator knows.',
  FORBIDDEN: 'The token does not allow this, or the request comes from where none may come from.',
  RATE_LIMITED: 'There were more requests than may come in this time.',
  NOT_FOUND: 'There is no such job, dataset, model or file.',
  METHOD_NOT_ALLOWED: 'The address is right, but this cannot be done there.',
  CONFLICT: 'The request contradicts what is already there.',
  QUEUE_FULL: 'There are as many jobs in the queue as there may be, in all or of one owner.',
  STORAGE_FULL: 'JetStream has no room left for what is to be stored.',
  MODEL_NOT_RECORDABLE: 'A layer of the model cannot be recorded into a native graph.',
  NATIVE_MISSING: 'The native TensorFlow library or its addon is missing or cannot be loaded.',
  NATIVE_FAILED: 'A native TensorFlow call failed.',
  NATS_SERVER_MISSING: 'No usable nats-server was found.',
  PORT_IN_USE: 'A port that was asked for is taken.',
  UNREACHABLE: 'The coordinator or the NATS server does not answer.',
  NATS_REFUSED: 'The NATS server does not accept the credentials, or asks for some.',
  NATS_NOT_TRUSTED: 'The NATS server is not one that the authority of the cluster vouches for.',
  TIMEOUT: 'A wait reached its deadline; the message says what it waited for.',
  FRAME_INVALID: 'A frame from the bus could not be accepted.',
  PAYLOAD_TOO_LARGE: 'A message or a request body is over the limit.',
  REVISION_CONFLICT: 'A compare-and-set found another revision than the one expected.',
  HASH_MISMATCH: 'Stored bytes do not have the hash they are named by.',
  CHECKPOINT_INVALID: 'A checkpoint is not one of this job, its data and this machine.',
  CANARY_MISMATCH: 'A worker computes other bits than the coordinator and may not join the job.',
  WORKER_REFUSED: 'The coordinator did not accept the worker.',
  WORKER_FAILED: 'A worker could not do its part; the message carries its error.',
  LOSS_NOT_FINITE: 'The loss or the gradient became infinite or NaN.',
  CANCELLED: 'The job was cancelled.',
  PROCESS_EXITED: 'A process of the embedded cluster ended when it should not.',
  INTERNAL: 'A state was reached that should be impossible; please report it.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What the reader can do about it. */
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  readonly cause?: unknown;
}

export class LockstepError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly faults: readonly Fault[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LockstepError';
    this.code = code;
    this.hint = details.hint;
    this.faults = details.faults ?? [];
  }
}

/** Whether `error` is a LockstepError, of the given code if one is given. */
export function isLockstepError(error: unknown, code?: ErrorCode): error is LockstepError {
  return error instanceof LockstepError && (code === undefined || error.code === code);
}
