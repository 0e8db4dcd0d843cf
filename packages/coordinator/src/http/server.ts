/** The coordinator's HTTP API. */
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { Gate } from '../auth/gate.js';
import type { DatasetStore } from '../datasets/dataset-store.js';
import type { JobLogs } from '../jobs/job-logs.js';
import type { JobService } from '../jobs/job-service.js';
import type { CoordinatorMetrics } from '../metrics/coordinator-metrics.js';
import type { PredictionService } from '../models/prediction-service.js';
import type { ModelRegistry } from '../models/registry.js';
import type { RevokedWorkers } from '../workers/revoked-workers.js';
import type { WorkerRegistry } from '../workers/worker-registry.js';
import { admitBy } from './admission.js';
import type { Api } from './api.js';
import { datasetRoutes } from './dataset-routes.js';
import { jobRoutes } from './job-routes.js';
import { acceptJson } from './json-body.js';
import { measureRequests, metricsRoutes } from './metrics-routes.js';
import { modelRoutes } from './model-routes.js';
import { answerNotFound } from './not-found.js';
import { API_PREFIX, describeApi } from './openapi.js';
import { sendProblem } from './problem.js';
import { healthRoutes, serviceRoutes } from './service-routes.js';
import { workerRoutes } from './worker-routes.js';

export interface HttpContext {
  readonly log: Logger;
  readonly gate: Gate;
  readonly jobs: JobService;
  readonly datasets: DatasetStore;
  readonly models: ModelRegistry;
  readonly predictions: PredictionService;
  readonly workers: WorkerRegistry;
  /** Those that are shut out. */
  readonly revoked: RevokedWorkers;
  readonly logs: JobLogs;
  readonly metrics: CoordinatorMetrics;
  /** Whether NATS answers. */
  readonly ready: () => Promise<boolean>;
}

const BODY_LIMIT = 4 * 2 ** 20;
/** Node's own. */
const MAX_HEADER_BYTES = 16 * 2 ** 10;
/**
 * From a request's first byte to its last: who sends more slowly than this does not hold a connection. The largest body,
 * a model, comes in time at 1 MiB a second; heads have a minute, and who may not send is told so before the body.
 */
const REQUEST_TIMEOUT_MILLISECONDS = 10 * 60_000;

export function createServer(context: HttpContext): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = context.log;
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    // What is too long is refused by its schema, as everything else is.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
    forceCloseConnections: true,
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply);
    },
  });
  server.setErrorHandler((error, request, reply) => {
    sendProblem(error, request, reply, request.routeOptions.config.invalid);
  });
  measureRequests(server, context.metrics);
  admitBy(context.gate, server);
  answerNotFound(server);
  acceptJson(server);
  describeApi(server);
  server.register((scope, _options, done) => {
    healthRoutes(scope, context);
    metricsRoutes(scope, context.metrics);
    done();
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
