/** Turns what went wrong with a request, an answer or a connection into the project's one error type. */
import { ERROR_CODES, isLockstepError, LockstepError, type ErrorCode, type Fault } from '@lockstep/core';

/** For a service that sends no code that this client knows. */
const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_OPTION',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  422: 'INVALID_SPEC',
  502: 'UNREACHABLE',
  503: 'UNREACHABLE',
  504: 'TIMEOUT',
};

/** Why an answer with a status of 400 and above was sent. */
export function errorFromAnswer(status: number, answered: string, what: string): LockstepError {
  const body = parseObject(answered);
  const code = isErrorCode(body?.['code']) ? body['code'] : (CODE_BY_STATUS[status] ?? 'INTERNAL');
  const detail = text(body?.['detail']) ?? text(body?.['title']) ?? `${what} was answered with HTTP ${status}`;
  const hint = text(body?.['hint']);
  return new LockstepError(code, detail, {
    ...(hint === undefined ? {} : { hint }),
    faults: faultsOf(body?.['faults']),
  });
}

/** Why sending or the reading of a body threw. */
export function errorFromConnection(error: unknown, url: string): LockstepError {
  const code = systemCode(error);
  if (code === 'ECONNREFUSED') {
    return new LockstepError('UNREACHABLE', `nothing answers at ${url}`, {
      hint: 'check that the coordinator runs, and that the address is right',
      cause: error,
    });
  }
  const why = code ?? (error instanceof Error ? error.message : String(error));
  return new LockstepError('UNREACHABLE', `the connection to ${url} failed: ${why}`, {
    hint: 'check the address, and the log of the coordinator',
    cause: error,
  });
}

/** For an answer that is no answer of a coordinator. */
export function strangeAnswer(url: string, what: string): LockstepError {
  return new LockstepError('UNREACHABLE', `${url} answers, but not as a Lockstep coordinator: ${what}`, {
    hint: 'check the address: another service may listen there, or one of another version',
  });
}

/** Whether the other side dropped a connection that was up, as it does when it restarts between two requests. */
export function wasDropped(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '');
}

function systemCode(error: unknown): string | undefined {
  // We wrap the socket's error: the code is on the one inside.
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!(cause instanceof LockstepError) && 'code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}

function faultsOf(value: unknown): Fault[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((item) => {
    const fault = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {};
    const message = text(fault['message']);
    return message === undefined ? [] : [{ path: text(fault['path']) ?? '', message }];
  });
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A HEAD has no body that could say more than the status. */
export function isNotFound(error: unknown): boolean {
  return isLockstepError(error, 'NOT_FOUND');
}
