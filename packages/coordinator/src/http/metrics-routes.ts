/** /metrics for Prometheus, and how long each answer took. */
import type { FastifyInstance } from 'fastify';
import type { CoordinatorMetrics } from '../metrics/coordinator-metrics.js';

const OK = 200;

/** To be called before routes are added. Streams are not measured: they last as long as there is something to say. */
export function measureRequests(server: FastifyInstance, metrics: CoordinatorMetrics): void {
  server.addHook(
    'onResponse',
    ({ is404, method, routeOptions: { url, config } }, { statusCode, elapsedTime }, done) => {
      const route = is404 ? 'none' : (url ?? 'none');
      const streamed = config.stream === true && statusCode === OK;
      if (!streamed) metrics.requestDone(method, route, statusCode, elapsedTime / 1000);
      done();
    },
  );
}

export function metricsRoutes(server: FastifyInstance, { registry }: CoordinatorMetrics): void {
  server.get('/metrics', { config: { scope: 'read' } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
