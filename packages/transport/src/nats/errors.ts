/** What nats.js throws, in the project's terms. */
import { isLockstepError, LockstepError } from '@lockstep/core';
import { ErrorCode, NatsError } from 'nats';
import { timeoutError } from '../deadline.js';
import { tooManyReplicas } from './replicas.js';

/** JetStream's own numbers, from the server's errors.json. */
const WRONG_LAST_SEQUENCE = 10_071;
const WRONG_LAST_SEQUENCE_CONSTANT = 10_164;

/** Limits of the server or the account, and what the store says itself: its disk or its own limit. */
const STORAGE_FULL: ReadonlySet<number> = new Set([10_002, 10_023, 10_028, 10_047, 10_077]);

const CONNECTION_LOST: ReadonlySet<string> = new Set([
  ErrorCode.ConnectionClosed,
  ErrorCode.ConnectionDraining,
  ErrorCode.ConnectionRefused,
  ErrorCode.ConnectionTimeout,
  ErrorCode.Disconnect,
]);

export interface Attempt {
  /** What was tried, to follow "for": "the answer to lockstep.v1.hello". */
  readonly what: string;
  readonly milliseconds: number;
  /** Whether the connection had been closed by its owner: then that is why, whatever the error says. */
  readonly closed: boolean;
}

export function isWrongRevision(error: unknown): boolean {
  const number = error instanceof NatsError ? error.api_error?.err_code : undefined;
  return number === WRONG_LAST_SEQUENCE || number === WRONG_LAST_SEQUENCE_CONSTANT;
}

export function toLockstepError(error: unknown, attempt: Attempt): LockstepError {
  if (attempt.closed) return closedError(attempt.what, error);
  if (isLockstepError(error)) return error;
  const tooMany = tooManyReplicas(error);
  if (tooMany !== undefined) return tooMany;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof NatsError ? error.code : '';
  if (error instanceof NatsError && STORAGE_FULL.has(error.api_error?.err_code ?? 0)) {
    return new LockstepError('STORAGE_FULL', `JetStream has no room left (${attempt.what}): ${message}.`, {
      cause: error,
      hint: 'Delete jobs, models or datasets that nobody needs, or give JetStream more room; then try again.',
    });
  }
  if (code === ErrorCode.Timeout) return timeoutError(attempt.milliseconds, attempt.what, error);
  if (code === ErrorCode.MaxPayloadExceeded) {
    return new LockstepError('PAYLOAD_TOO_LARGE', `Too large for NATS: ${attempt.what}.`, { cause: error });
  }
  if (code === ErrorCode.NoResponders) {
    return new LockstepError('UNREACHABLE', `Nobody is there to give ${attempt.what}.`, { cause: error });
  }
  if (CONNECTION_LOST.has(code)) {
    return new LockstepError('UNREACHABLE', `The connection was lost in waiting for ${attempt.what}.`, {
      cause: error,
    });
  }
  return new LockstepError('INTERNAL', `NATS refused (${attempt.what}): ${message}.`, { cause: error });
}

export function closedError(what: string, cause?: unknown): LockstepError {
  return new LockstepError('UNREACHABLE', `The connection to NATS is closed (${what}).`, { cause });
}
