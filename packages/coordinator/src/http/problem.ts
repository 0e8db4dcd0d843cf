/** Errors as RFC 9457 problem details, with the project's own code, hint and faults. */
import { isLockstepError, type ErrorCode, type Problem } from '@lockstep/core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from './refusal.js';

const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_SPEC: 422,
  INVALID_DATASET: 422,
  INVALID_INSTANCES: 422,
  INVALID_MODEL: 422,
  INVALID_OPTION: 400,
  MODEL_NOT_RECORDABLE: 422,
  HASH_MISMATCH: 422,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  REVISION_CONFLICT: 409,
  // Nobody is there to read it.
  CANCELLED: 409,
  QUEUE_FULL: 429,
  STORAGE_FULL: 507,
  PAYLOAD_TOO_LARGE: 413,
  UNREACHABLE: 503,
  TIMEOUT: 503,
};

function problem(status: number, code: string, detail: string, more: Partial<Problem> = {}): Problem {
  return { type: `urn:lockstep:error:${code}`, title: code, status, detail, code, ...more };
}

function toProblem(error: unknown, invalid: ErrorCode): Problem {
  if (isLockstepError(error)) {
    return problem(STATUS[error.code] ?? 500, error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.faults.length === 0 ? {} : { faults: error.faults }),
    });
  }
  const { statusCode, message, validation, validationContext } = error as FastifyError;
  if (validation !== undefined) {
    return problem(STATUS[invalid] ?? 400, invalid, `the ${PARTS[validationContext ?? ''] ?? 'request'} is not valid`, {
      hint: 'Mend what is listed; /api/v1/openapi.json says what is allowed.',
      faults: validation.map((fault) => ({
        path: fault.instancePath.split('/').filter(Boolean).join('.'),
        message: fault.message ?? '',
      })),
    });
  }
  if (statusCode === 413) return problem(413, 'PAYLOAD_TOO_LARGE', message);
  if (statusCode !== undefined && statusCode < 500) return problem(statusCode, 'INVALID_OPTION', message);
  return problem(500, 'INTERNAL', 'The coordinator met an error that it did not expect; its log has more.');
}

const PARTS: Readonly<Record<string, string>> = {
  params: 'address',
  querystring: 'query',
  headers: 'head of the request',
  body: 'body of the request',
};

/** @param invalid the code with which the route refuses what does not match its schemas */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  invalid: ErrorCode = 'INVALID_OPTION',
): void {
  const body = toProblem(error, invalid);
  if (body.status >= 500) request.log.error({ error }, 'request failed');
  if (error instanceof Refusal) void reply.headers(error.headers);
  void reply.code(body.status).type('application/problem+json').send(body);
}
