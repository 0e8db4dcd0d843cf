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
  server.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = [...methods.values()].find(({ pattern }) => pattern.test(path))?.allowed;
    const asked = `${request.method} ${request.url.slice(0, 200)}`;
    if (allowed === undefined) throw new LockstepError('NOT_FOUND', `there is nothing at ${asked}`);
    const list = [...allowed].sort().join(', ');
    throw new Refusal('METHOD_NOT_ALLOWED', `${request.method} cannot be done here`, `There is: ${list}.`, {
      allow: list,
    });
  });
}

/** Of a fastify address such as `/jobs/:id`. */
function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[a-zA-Z\d]+/g, '[^/]+')}$`);
}
