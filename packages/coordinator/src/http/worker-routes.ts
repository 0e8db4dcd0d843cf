/** /workers: who is in the cluster and what each does; and how one is taken out in good order. */
import { workerStatusSchema, type Member, type WorkerStatus } from '@lockstep/core';
import { z } from 'zod';
import { pageOf, pageQuery, paginate, type Api } from './api.js';
import type { HttpContext } from './server.js';

const SCHEMAS = {
  list: { summary: 'List the workers', querystring: pageQuery, response: { 200: pageOf(workerStatusSchema) } },
  drain: {
    summary: 'Drain a worker',
    description: 'It finishes what it computes, leaves the cluster and ends; the rest of its work is given to others.',
    params: z.strictObject({ id: z.string().max(80) }),
    response: { 202: workerStatusSchema },
  },
};

export function workerRoutes(api: Api, { workers, jobs }: HttpContext): void {
  const statusOf = ({ worker, threads, host, pid, cpuClass, draining }: Member): WorkerStatus => {
    const held = jobs.jobsOf(worker);
    const state = draining ? 'DRAINING' : held.length > 0 ? 'WORKING' : 'IDLE';
    return { id: worker, state, threads, host, pid, cpuClass, jobs: held };
  };
  api.get('/workers', { schema: SCHEMAS.list }, (request) =>
    paginate(workers.members.map(statusOf), request.query, ({ id }) => id),
  );
  api.post('/workers/:id/drain', { schema: SCHEMAS.drain, config: { scope: 'admin' } }, (request, reply) => {
    void reply.code(202);
    return statusOf(workers.drain(request.params.id));
  });
}
