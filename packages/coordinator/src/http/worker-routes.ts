/** /workers: who is in the cluster and what each does; and how one is taken out in good order. */
import { workerStatusSchema, type Member, type Principal, type WorkerStatus } from '@lockstep/core';
import { z } from 'zod';
import { revokedStatus, workerStatus } from '../workers/worker-status.js';
import { pageOf, pageQuery, paginate, type Api } from './api.js';
import type { HttpContext } from './server.js';

const params = z.strictObject({ id: z.string().max(80) });

const SCHEMAS = {
  list: { summary: 'List the workers', querystring: pageQuery, response: { 200: pageOf(workerStatusSchema) } },
  drain: {
    summary: 'Drain a worker',
    description: 'It finishes what it computes, leaves the cluster and ends; the rest of its work is given to others.',
    params,
    response: { 202: workerStatusSchema },
  },
  revoke: {
    summary: 'Shut a worker out',
    description:
      'It leaves the cluster at once, its work is given to others, and it is not admitted any more. Where the bus asks for ' +
      'credentials it is off the bus when its own ends.',
    params,
    response: { 200: workerStatusSchema },
  },
  admit: {
    summary: 'Let a worker in again that was shut out',
    params,
    response: { 200: z.object({ id: z.string() }) },
  },
};

export function workerRoutes(api: Api, { workers, revoked, jobs }: HttpContext): void {
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
  const absent = (): WorkerStatus[] =>
    revoked.all.filter(({ worker }) => workers.get(worker) === undefined).map(revokedStatus);
  api.get('/workers', { schema: SCHEMAS.list }, (request) =>
    paginate([...workers.members.map(statusFor(request.principal)), ...absent()], request.query, ({ id }) => id),
  );
  api.post('/workers/:id/revoke', { schema: SCHEMAS.revoke, config: { scope: 'admin' } }, async (request) => {
    const { id: worker } = request.params;
    const host = workers.get(worker)?.host ?? '';
    await revoked.add({ worker, host, revokedAt: new Date().toISOString(), by: request.principal.owner });
    workers.evict(worker);
    return revokedStatus({ worker, host });
  });
  api.post('/workers/:id/admit', { schema: SCHEMAS.admit, config: { scope: 'admin' } }, async (request) => {
    const { id } = request.params;
    await revoked.remove(id);
    return { id };
  });
  api.post('/workers/:id/drain', { schema: SCHEMAS.drain, config: { scope: 'admin' } }, (request, reply) => {
    void reply.code(202);
    return statusFor(request.principal)(workers.drain(request.params.id));
  });
}
