/** /metrics for Prometheus, and how long each answer took. */
import type { FastifyInstance } from 'fastify';
import type { CoordinatorMetrics } from '../metrics/coordinator-metrics.js';

/** To be called before routes are added. Followers of events are not measured: they stay as long as they like. */
export function measureRequests(server: FastifyInstance, metrics: CoordinatorMetrics): void {
  server.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    metrics.requestDone(request.method, route, statusCode, elapsedTime / 1000);
    done();
  });
}

export function metricsRoutes(server: FastifyInstance, { registry }: CoordinatorMetrics): void {
  server.get('/metrics', { config: { scope: 'read' } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
