/** /jobs: submit, list, follow, cancel, and the trained model's files. */
import { jobStateSchema, jobStatusSchema } from '@lockstep/core';
import { z } from 'zod';
import { octets, pageOf, pageQuery, paginate, type Api } from './api.js';
import { followJob } from './job-events.js';
import { planSummary, planSummarySchema } from './plan-summary.js';
import type { HttpContext } from './server.js';

const jobParams = z.strictObject({ id: z.string().max(80) });
const submitQuery = z.strictObject({
  dryRun: z.enum(['true', 'false']).default('false').describe('only check and plan: nothing is queued'),
});
const listQuery = pageQuery.extend({
  state: z
    .union([jobStateSchema.transform((state) => [state]), z.array(jobStateSchema)])
    .optional()
    .describe('only jobs in this state; may be given several times'),
});

const SCHEMAS = {
  submit: {
    summary: 'Submit a job',
    description: 'Checks the job file completely, records its graphs and queues it. A dry run answers with the plan.',
    querystring: submitQuery,
    body: z.unknown().describe('a job file'),
    response: { 200: planSummarySchema, 201: jobStatusSchema },
  },
  list: { summary: 'List jobs', querystring: listQuery, response: { 200: pageOf(jobStatusSchema) } },
  get: { summary: 'Get a job', params: jobParams, response: { 200: jobStatusSchema } },
  cancel: { summary: 'Cancel a job', params: jobParams, response: { 202: jobStatusSchema } },
  events: {
    summary: 'Follow a job',
    description: 'Server-sent events until its final state. `Last-Event-ID` says which one was seen last.',
    params: jobParams,
    response: { 200: { description: 'The events', content: { 'text/event-stream': { schema: z.string() } } } },
  },
  files: { summary: "List a model's files", params: jobParams, response: { 200: z.array(z.string()).readonly() } },
  file: {
    summary: "Get a model's file",
    params: jobParams.extend({ file: z.string().max(80) }),
    response: { 200: { description: 'The file', content: { 'application/octet-stream': { schema: octets } } } },
  },
};

export function jobRoutes(api: Api, { jobs }: HttpContext): void {
  api.post('/jobs', { schema: SCHEMAS.submit }, async (request, reply) => {
    if (request.query.dryRun === 'true') return planSummary(await jobs.check(request.body));
    const job = await jobs.submit(request.body);
    return reply.code(201).header('location', `/api/v1/jobs/${job.id}`).send(job.status);
  });
  api.get('/jobs', { schema: SCHEMAS.list }, (request) => {
    const { state } = request.query;
    const wanted = jobs.list().filter((job) => state === undefined || state.includes(job.state));
    return paginate(wanted, request.query, ({ id }) => id);
  });
  api.get('/jobs/:id', { schema: SCHEMAS.get }, (request) => jobs.get(request.params.id).status);
  api.post('/jobs/:id/cancel', { schema: SCHEMAS.cancel }, async (request, reply) => {
    const job = await jobs.cancel(request.params.id);
    return reply.code(202).send(job.status);
  });
  api.get('/jobs/:id/events', { schema: SCHEMAS.events }, (request, reply) => {
    const last = Number(request.headers['last-event-id']);
    followJob(jobs.get(request.params.id), Number.isInteger(last) && last > 0 ? last : undefined, reply);
  });
  api.get('/jobs/:id/model', { schema: SCHEMAS.files }, (request) => {
    jobs.get(request.params.id);
    return jobs.models.files();
  });
  api.get('/jobs/:id/model/:file', { schema: SCHEMAS.file }, async (request, reply) => {
    const job = jobs.get(request.params.id);
    const bytes = await jobs.models.get(job.id, request.params.file);
    return reply.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}
