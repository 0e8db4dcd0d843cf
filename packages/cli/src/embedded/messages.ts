/** What a service process tells the process that started it, over the IPC channel. */
import { ERROR_CODES, LockstepError, type ErrorCode } from '@lockstep/core';

export type ServiceMessage =
  | { readonly type: 'ready'; readonly url?: string }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint?: string };

/** Undefined for anything that is not one of ours: Node and libraries may use the channel too. */
export function parseServiceMessage(value: unknown): ServiceMessage | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const { type, url, code, message, hint } = value as Record<string, unknown>;
  if (type === 'ready') return typeof url === 'string' ? { type, url } : { type };
  if (type !== 'failed' || typeof message !== 'string') return undefined;
  const known = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'INTERNAL';
  return { type, code: known, message, ...(typeof hint === 'string' ? { hint } : {}) };
}

export function errorFromMessage(message: ServiceMessage & { type: 'failed' }, name: string): LockstepError {
  const details = message.hint === undefined ? {} : { hint: message.hint };
  return new LockstepError(message.code, `${name}: ${message.message}`, details);
}
