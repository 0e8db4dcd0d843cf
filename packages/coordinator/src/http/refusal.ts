/** An error with the headers that HTTP wants beside it. */
import { LockstepError, type ErrorCode } from '@lockstep/core';

export class Refusal extends LockstepError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, hint: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message, { hint });
    this.headers = headers;
  }
}
