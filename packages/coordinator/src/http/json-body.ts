/** JSON is the only text that comes in. */
import { parseJson } from '@lockstep/core';
import type { FastifyInstance } from 'fastify';

export function acceptJson(server: FastifyInstance): void {
  server.removeContentTypeParser('text/plain');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(body));
    } catch (error) {
      done(error as Error);
    }
  });
}
