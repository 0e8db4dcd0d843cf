/** The coordinator's HTTP API. */
import { isLockstepError, LockstepError } from '@lockstep/core';
import { fastify, type FastifyInstance } from 'fastify';
import type { DatasetStore } from '../dataset-store.js';
import type { JobService } from '../job-service.js';
import type { WorkerRegistry } from '../worker-registry.js';
import { datasetRoutes } from './dataset-routes.js';
import { jobRoutes } from './job-routes.js';
import { sendProblem } from './problem.js';
import { workerRoutes } from './worker-routes.js';

export interface HttpContext {
  readonly jobs: JobService;
  readonly datasets: DatasetStore;
  readonly workers: WorkerRegistry;
  /** Whether NATS answers. */
  readonly ready: () => Promise<boolean>;
}

const BODY_LIMIT = 4 * 2 ** 20;
const REQUEST_TIMEOUT_MILLISECONDS = 60_000;

export function createServer(context: HttpContext): FastifyInstance {
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
    forceCloseConnections: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
  });
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendProblem(
      new LockstepError('NOT_FOUND', `there is nothing at ${request.method} ${request.url.slice(0, 200)}`),
      request,
      reply,
    ),
  );
  server.get('/livez', () => ({ status: 'live' }));
  server.get('/readyz', async (_request, reply) => {
    const ready = await context.ready();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'NATS does not answer' });
  });
  server.register(
    (api, _options, done) => {
      api.get('/version', () => ({ name: 'lockstep', version: '0.1.0', node: process.version }));
      jobRoutes(api, context);
      datasetRoutes(api, context);
      workerRoutes(api, context);
      done();
    },
    { prefix: '/api/v1' },
  );
  return server;
}

/** @throws LockstepError PORT_IN_USE */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    if (isLockstepError(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new LockstepError('PORT_IN_USE', `port ${String(port)} on ${host} is taken`, {
        cause: error,
        hint: 'Stop what uses it, or choose another with --port; --port 0 takes a free one.',
      });
    }
    throw new LockstepError('INVALID_OPTION', `cannot listen on ${host}:${String(port)}: ${message}`, { cause: error });
  }
}
