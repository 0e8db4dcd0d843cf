/** /jobs: submit, list, follow, cancel, and the trained model's files. */
import { isFinal, type JobPlan } from '@lockstep/core';
import { sliceShapes } from '@lockstep/engine';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Job, NumberedEvent } from '../job.js';
import type { HttpContext } from './server.js';

/** A comment line this often keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MILLISECONDS = 10_000;
const BYTES_PER_FLOAT = 4;

interface JobParams {
  id: string;
}

/** What `?dryRun=true` answers: shapes, parameters and costs, without running anything. */
function summary(plan: JobPlan) {
  const { model, slices, data } = plan;
  return {
    name: plan.spec.name,
    parameters: model.parameters,
    layers: model.layers.map(({ name, type, inputShape, outputShape, parameters }) => ({
      name,
      type,
      inputShape,
      outputShape,
      parameters,
    })),
    samples: { train: data.trainSamples, validation: data.validationSamples, test: data.testSamples },
    sliceSize: slices.size,
    slicesPerStep: Math.ceil(plan.spec.training.batchSize / slices.size),
    steps: plan.steps,
    graphs: sliceShapes(plan).length,
    memoryBytes: plan.memoryBytes,
    /** Parameters down and at least one gradient up, for each worker. */
    bytesPerStepAndWorker: 2 * model.parameters * BYTES_PER_FLOAT,
  };
}

function writeEvent(reply: FastifyReply, { number, event }: NumberedEvent): void {
  reply.raw.write(`id: ${String(number)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** Streams a job's events; ends after the one that tells of a final state. */
function follow(job: Job, after: number | undefined, reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const keepAlive = setInterval(() => reply.raw.write(': still here\n\n'), KEEP_ALIVE_MILLISECONDS);
  let unfollow = (): void => undefined;
  const end = (): void => {
    clearInterval(keepAlive);
    unfollow();
    reply.raw.end();
  };
  reply.raw.on('close', end);
  const send = (numbered: NumberedEvent): void => {
    writeEvent(reply, numbered);
    if (numbered.event.type === 'state' && isFinal(numbered.event.status.state)) end();
  };
  unfollow = job.follow(after, send);
  if (isFinal(job.status.state)) end();
}

export function jobRoutes(api: FastifyInstance, { jobs }: HttpContext): void {
  api.post<{ Querystring: { dryRun?: string } }>('/jobs', async (request, reply) => {
    if (request.query.dryRun === 'true') return summary(jobs.plan(request.body));
    const job = await jobs.submit(request.body);
    return reply.code(201).header('location', `/api/v1/jobs/${job.id}`).send(job.status);
  });
  api.get('/jobs', () => jobs.list());
  api.get<{ Params: JobParams }>('/jobs/:id', (request) => jobs.get(request.params.id).status);
  api.post<{ Params: JobParams }>('/jobs/:id/cancel', async (request, reply) => {
    const job = await jobs.cancel(request.params.id);
    return reply.code(202).send(job.status);
  });
  api.get<{ Params: JobParams }>('/jobs/:id/events', (request, reply) => {
    const last = Number(request.headers['last-event-id']);
    follow(jobs.get(request.params.id), Number.isInteger(last) && last > 0 ? last : undefined, reply);
  });
  api.get<{ Params: JobParams }>('/jobs/:id/model', (request) => {
    jobs.get(request.params.id);
    return jobs.models.files();
  });
  api.get<{ Params: JobParams & { file: string } }>('/jobs/:id/model/:file', async (request, reply) => {
    const job = jobs.get(request.params.id);
    const bytes = await jobs.models.get(job.id, request.params.file);
    return reply.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}
