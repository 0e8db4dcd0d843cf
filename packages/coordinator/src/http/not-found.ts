/** Addresses where nothing is, and methods that an address does not have. */
import { LockstepError } from '@lockstep/core';
import type { FastifyInstance } from 'fastify';
import { Refusal } from './refusal.js';

/** To be called before routes are added. */
export function answerNotFound(server: FastifyInstance): void {
  const methods = new Map<string, { readonly pattern: RegExp; readonly allowed: Set<string> }>();
  server.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? { pattern: patternOf(url), allowed: new Set() };
    for (const name of [method].flat()) known.allowed.add(name);
    methods.set(url, known);
  });
  const allowedAt = (path: string): readonly string[] => {
    const found = [...methods.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ allowed }) => [...allowed]))].sort();
  };
  // Before the body is looked at: what is wrong with it would hide that nothing wants it.
  server.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? notFound(request.method, request.url, allowedAt(request.url.split('?')[0] ?? '')) : undefined);
  });
}

function notFound(method: string, url: string, allowed: readonly string[]): LockstepError {
  if (allowed.length === 0) return new LockstepError('NOT_FOUND', `there is nothing at ${method} ${url.slice(0, 200)}`);
  const allow = allowed.join(', ');
  return new Refusal('METHOD_NOT_ALLOWED', `${method} cannot be done here`, `There is: ${allow}.`, { allow });
}

/** Of a fastify address such as `/jobs/:id`. */
function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[a-zA-Z\d]+/g, '[^/]*')}$`);
}
