/** What the service says about itself: whether it works, its version and its API. */
import { VERSION } from '@lockstep/core';
import type { FastifyInstance } from 'fastify';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import type { Api } from './api.js';
import { DOCS_PAGE_POLICY, docsPage } from './docs-page.js';

/** For those who watch over processes: they have no token. */
const config = { scope: 'none' } as const;

const version = z.object({ name: z.string(), version: z.string(), node: z.string() });

export function serviceRoutes(api: Api): void {
  api.get('/version', { config, schema: { summary: 'Tell the version', response: { 200: version } } }, () => ({
    name: 'lockstep',
    version: VERSION,
    node: process.version,
  }));
  api.get('/docs', { config, schema: { hide: true } }, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({ 'content-security-policy': DOCS_PAGE_POLICY, 'x-content-type-options': 'nosniff' })
      .send(docsPage(api.swagger() as Partial<OpenAPIV3_1.Document>)),
  );
  api.get('/openapi.json', { config, schema: { hide: true } }, () => api.swagger());
}

export function healthRoutes(server: FastifyInstance, { ready }: { readonly ready: () => Promise<boolean> }): void {
  server.get('/livez', { config }, () => ({ status: 'live' }));
  server.get('/readyz', { config }, async (_request, reply) => {
    const isReady = await ready();
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'NATS does not answer' });
  });
}
