/** /workers: who is in the cluster and what each does; and how one is taken out in good order. */
import { workerStatusSchema, type Member, type Principal, type WorkerStatus } from '@lockstep/core';
import { z } from 'zod';
import { workerStatus } from '../workers/worker-status.js';
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
  /** Jobs of others are not named. */
  const statusFor =
    (principal: Principal) =>
    (member: Member): WorkerStatus => {
      const held = jobs.recordsOf(member.worker);
      const status = workerStatus(member, held);
      const visible = held.filter(({ owner }) => principal.scopes.includes('admin') || owner === principal.owner);
      const owns = (id: string): boolean => visible.some((record) => record.id === id);
      return { ...status, jobs: status.jobs.filter(owns), shares: status.shares.filter(({ job }) => owns(job)) };
    };
  api.get('/workers', { schema: SCHEMAS.list }, (request) =>
    paginate(workers.members.map(statusFor(request.principal)), request.query, ({ id }) => id),
  );
  api.post('/workers/:id/drain', { schema: SCHEMAS.drain, config: { scope: 'admin' } }, (request, reply) => {
    void reply.code(202);
    return statusFor(request.principal)(workers.drain(request.params.id));
  });
}
