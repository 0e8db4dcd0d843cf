/**
 * How routes are written here: a zod schema for everything that comes in and goes out. The same schemas check requests,
 * type the handlers and become the OpenAPI document. `job-routes.ts` is the example to follow.
 */
import type { ErrorCode, Principal } from '@lockstep/core';
import { LockstepError, type Page } from '@lockstep/core';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { RouteScope } from '../auth/gate.js';

/** What a file of routes gets: fastify, its handlers typed by their route's schemas. Addresses are below /api/v1. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; everyone is `local` where no tokens are. Set before any handler runs. */
    principal: Principal;
  }
  interface FastifyContextConfig {
    /** What a token must allow. By default `read` for GET and HEAD, and `submit` for everything else; `none` is for everyone. */
    readonly scope?: RouteScope;
    /** The code with which a request that does not match the schemas is refused. INVALID_OPTION by default. */
    readonly invalid?: ErrorCode;
    /** Goes on answering for as long as there is something to say. */
    readonly stream?: boolean;
  }
}

const LIMIT = { default: 50, most: 500 } as const;

/** The query of a list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMIT.most).default(LIMIT.default).describe('items at most'),
  cursor: z.string().max(400).optional().describe('`nextCursor` of the page before'),
});
export type PageQuery = z.infer<typeof pageQuery>;

/** The answer of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item).readonly(),
    nextCursor: z.string().nullable().describe('asks for what follows; null at the end'),
  });
}

/** Bytes in a body, in or out. */
export const octets = z
  .custom<Buffer>((value) => Buffer.isBuffer(value), 'must be sent as application/octet-stream')
  .meta({ type: 'string', format: 'binary' });

/**
 * One page of items that are in memory, in the order of their unique keys.
 * @throws LockstepError INVALID_OPTION for a cursor that this list never gave
 */
export function paginate<T>(items: readonly T[], { limit, cursor }: PageQuery, keyOf: (item: T) => string): Page<T> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const sorted = [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = last === undefined || rest.length <= limit ? null : encodeCursor(keyOf(last));
  return { items: page, nextCursor };
}

function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (encodeCursor(key) === cursor) return key;
  throw new LockstepError('INVALID_OPTION', 'the cursor is none that this list gave', {
    hint: 'Send `nextCursor` of the page before, or no cursor for the first page.',
  });
}
