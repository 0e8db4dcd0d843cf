/** Asks the gate before anything of a request is looked at, and puts what was refused into words and headers. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gate, RouteScope } from '../auth/gate.js';

/** To be called before routes are added. */
export function admitBy(gate: Gate, server: FastifyInstance): void {
  server.decorateRequest('principal');
  server.addHook('onRequest', async (request) => {
    request.principal = await gate.admit({
      address: request.ip,
      authorization: request.headers.authorization,
      host: request.headers.host,
      origin: request.headers.origin,
      scope: scopeOf(request),
    });
  });
}

/** There is nothing to protect where there is nothing. */
function scopeOf({ is404, method, routeOptions: { config } }: FastifyRequest): RouteScope {
  return is404 ? 'none' : (config.scope ?? defaultScope(method));
}

/** Of a route that names none. */
export function defaultScope(method: string): RouteScope {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'read' : 'submit';
}
