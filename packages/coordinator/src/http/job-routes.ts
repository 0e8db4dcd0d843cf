/** /jobs: submit, list, follow, and everything that can be done with a job. */
import {
  jobFileJsonSchema,
  checkpointStatusSchema,
  jobDetailSchema,
  jobMetricsSchema,
  jobStateSchema,
  jobStatusSchema,
  logLineSchema,
  planSummarySchema,
} from '@lockstep/core';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Job } from '../jobs/job.js';
import { pageOf, pageQuery, paginate, type Api } from './api.js';
import { JobFollowers } from './job-events.js';
import { planSummary } from './plan-summary.js';
import type { HttpContext } from './server.js';

const jobParams = z.strictObject({ id: z.string().max(80) });
/** Described only: what is wrong with a job file is found with everything else that it does not fit to. */
const { $schema: _schema, ...describedJobFile } = jobFileJsonSchema();
const jobFile = z.unknown().meta({ ...describedJobFile, description: 'a job file' });
const submitQuery = z.strictObject({
  dryRun: z.enum(['true', 'false']).default('false').describe('only check and plan: nothing is queued'),
});
const submitHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('the same key with the same job file gives the same job, however often it is sent'),
});
const listQuery = pageQuery.extend({
  state: z
    .union([jobStateSchema.transform((state) => [state]), z.array(jobStateSchema)])
    .optional()
    .describe('only jobs in this state; may be given several times'),
});
const logsQuery = pageQuery.extend({
  after: z.coerce.number().int().min(0).default(0).describe('only lines with a larger number: those that are new'),
});
const followHeaders = z.object({
  'last-event-id': z.string().max(40).optional().describe('number of the last event that was seen'),
});

const job = { params: jobParams, response: { 200: jobStatusSchema } };
const changed = { params: jobParams, response: { 202: jobStatusSchema } };
const jobLogsSchema = pageOf(logLineSchema).extend({
  log: z.string().describe('another one means that the coordinator was restarted, and numbers begin again'),
});
const SCHEMAS = {
  submit: {
    summary: 'Submit a job',
    description: 'Checks the job file completely, records its graphs and queues it. A dry run answers with the plan.',
    querystring: submitQuery,
    headers: submitHeaders,
    body: jobFile,
    response: { 200: planSummarySchema, 201: jobStatusSchema },
  },
  list: {
    summary: 'List jobs, the newest first',
    querystring: listQuery,
    response: { 200: pageOf(jobStatusSchema) },
  },
  get: { ...job, summary: 'Get a job', response: { 200: jobDetailSchema } },
  remove: {
    summary: 'Forget a job that is over',
    description: 'Its model stays.',
    params: jobParams,
    response: { 204: z.null() },
  },
  cancel: { ...changed, summary: 'Cancel a job' },
  pause: {
    ...changed,
    summary: 'Pause a job',
    description: 'It stops after the step that is under way, and holds no workers until it is resumed.',
  },
  resume: { ...changed, summary: 'Resume a paused job' },
  retry: {
    summary: 'Submit a job that is over once more',
    description: 'With the job file it had, or with the one in the body.',
    params: jobParams,
    body: jobFile.optional(),
    response: { 201: jobStatusSchema },
  },
  events: {
    summary: 'Follow a job',
    description:
      'Server-sent events (`state`, `progress`, `epoch`, `worker`) until its final state. Who sends the number of the ' +
      'last one in `Last-Event-ID` gets what was missed; others start with the whole status.',
    params: jobParams,
    headers: followHeaders,
    response: { 200: { description: 'The events', content: { 'text/event-stream': { schema: z.string() } } } },
  },
  metrics: { summary: "Get a job's curves", params: jobParams, response: { 200: jobMetricsSchema } },
  checkpoints: {
    summary: "List a job's checkpoints, the newest first",
    params: jobParams,
    response: { 200: pageOf(checkpointStatusSchema) },
  },
  logs: {
    summary: "List a job's newest log lines, the oldest first",
    description:
      'What the coordinator and the workers of the job have noted about it since the coordinator was started. Who sends ' +
      'the number of the last line in `after` gets what is new.',
    params: jobParams,
    querystring: logsQuery,
    response: { 200: jobLogsSchema },
  },
};

export function jobRoutes(api: Api, context: HttpContext): void {
  const { jobs } = context;
  api.post('/jobs', { schema: SCHEMAS.submit }, async (request, reply) => {
    if (request.query.dryRun === 'true') return planSummary(await jobs.check(request.body));
    const idempotencyKey = request.headers['idempotency-key'];
    const { owner } = request.principal;
    const submitted = await jobs.submit(request.body, {
      owner,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    return reply.code(201).header('location', addressOf(submitted)).send(submitted.status);
  });
  api.get('/jobs', { schema: SCHEMAS.list }, ({ principal, query: { state, limit, cursor } }) =>
    jobs.list({
      ...{ principal, limit },
      ...(state === undefined ? {} : { states: state }),
      ...(cursor === undefined ? {} : { cursor }),
    }),
  );
  api.delete('/jobs/:id', { schema: SCHEMAS.remove }, async (request, reply) => {
    await jobs.delete(request.params.id, request.principal);
    return reply.code(204).send(null);
  });
  api.post('/jobs/:id/retry', { schema: SCHEMAS.retry }, async (request, reply) => {
    const retried = await jobs.retry(request.params.id, request.principal, request.body ?? undefined);
    return reply.code(201).header('location', addressOf(retried)).send(retried.status);
  });
  changingRoutes(api, context);
  readingRoutes(api, context);
}

function changingRoutes(api: Api, { jobs }: HttpContext): void {
  for (const action of ['cancel', 'pause', 'resume'] as const) {
    api.post(`/jobs/:id/${action}`, { schema: SCHEMAS[action] }, async (request, reply) => {
      const { status } = await jobs[action](request.params.id, request.principal);
      return reply.code(202).send(status);
    });
  }
}

function readingRoutes(api: Api, { jobs, logs }: HttpContext): void {
  const followers = new JobFollowers();
  const find = (request: FastifyRequest<{ Params: { id: string } }>): Job =>
    jobs.get(request.params.id, request.principal);
  api.get('/jobs/:id', { schema: SCHEMAS.get }, (request) => {
    const { status, record } = find(request);
    return { ...status, spec: record.spec };
  });
  api.get('/jobs/:id/events', { schema: SCHEMAS.events, config: { stream: true } }, (request, reply): void => {
    const last = Number(request.headers['last-event-id']);
    followers.add(find(request), Number.isSafeInteger(last) && last > 0 ? last : undefined, reply);
  });
  api.get('/jobs/:id/metrics', { schema: SCHEMAS.metrics }, (request) => {
    const { status, recentProgress } = find(request);
    return { epochs: status.history, recent: recentProgress };
  });
  api.get('/jobs/:id/checkpoints', { schema: SCHEMAS.checkpoints }, (request) => {
    const items = find(request).checkpoints.map(({ step, term, sha256, bytes, at }) => ({
      step,
      term,
      sha256,
      bytes,
      at,
    }));
    return { items, nextCursor: null };
  });
  api.get('/jobs/:id/logs', { schema: SCHEMAS.logs }, (request) => {
    const lines = logs.of(find(request).id, request.query.after);
    const page = paginate(lines, request.query, ({ number }) => String(number).padStart(16, '0'));
    return { ...page, log: logs.id };
  });
}

function addressOf({ id }: Job): string {
  return `/api/v1/jobs/${id}`;
}
