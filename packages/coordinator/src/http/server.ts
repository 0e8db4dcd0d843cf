/** The coordinator's HTTP API. */
import { isLockstepError, LOCAL_PRINCIPAL, LockstepError } from '@lockstep/core';
import { fastify, type FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { DatasetStore } from '../dataset-store.js';
import type { JobService } from '../job-service.js';
import type { PredictionService } from '../models/prediction-service.js';
import type { ModelRegistry } from '../models/registry.js';
import type { WorkerRegistry } from '../worker-registry.js';
import type { Api } from './api.js';
import { datasetRoutes } from './dataset-routes.js';
import { jobRoutes } from './job-routes.js';
import { modelRoutes } from './model-routes.js';
import { API_PREFIX, describeApi } from './openapi.js';
import { sendProblem } from './problem.js';
import { serviceRoutes } from './service-routes.js';
import { workerRoutes } from './worker-routes.js';

export interface HttpContext {
  readonly jobs: JobService;
  readonly datasets: DatasetStore;
  readonly models: ModelRegistry;
  readonly predictions: PredictionService;
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
  server.decorateRequest('principal');
  server.addHook('onRequest', (request, _reply, done) => {
    request.principal = LOCAL_PRINCIPAL;
    done();
  });
  describeApi(server);
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
    (scope, _options, done) => {
      const api: Api = scope.withTypeProvider<ZodTypeProvider>();
      for (const addRoutes of [serviceRoutes, jobRoutes, datasetRoutes, modelRoutes, workerRoutes])
        addRoutes(api, context);
      done();
    },
    { prefix: API_PREFIX },
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
