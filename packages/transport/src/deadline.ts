/** Nothing waits without end: a promise, a limit, and the sentence that says what was waited for. */
import { LockstepError } from '@lockstep/core';

/** `promise`, or TIMEOUT with `Waited 5 s for ${what}.`; the promise itself goes on and its outcome is ignored. */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timeoutError(milliseconds, what)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function timeoutError(milliseconds: number, what: string, cause?: unknown): LockstepError {
  return new LockstepError('TIMEOUT', `Waited ${milliseconds / 1000} s for ${what}.`, { cause });
}
