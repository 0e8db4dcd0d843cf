/** An error on its way from a thread, which can send plain data only. */
import { isLockstepError, LockstepError, type ErrorCode, type Fault } from '@lockstep/core';

export interface ThreadFailure {
  readonly type: 'failed';
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly faults: readonly Fault[];
}

/** @param code of errors that are none of our own */
export function threadFailure(error: unknown, code: ErrorCode): ThreadFailure {
  if (isLockstepError(error)) {
    return { type: 'failed', code: error.code, message: error.message, hint: error.hint, faults: error.faults };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'failed', code, message, hint: undefined, faults: [] };
}

export function errorOf({ code, message, hint, faults }: ThreadFailure): LockstepError {
  return new LockstepError(code, message, { ...(hint === undefined ? {} : { hint }), faults });
}
