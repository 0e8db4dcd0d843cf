/** /workers: who is in the cluster and what each does. */
import { workerStatusSchema, type WorkerStatus } from '@lockstep/core';
import { pageOf, pageQuery, paginate, type Api } from './api.js';
import type { HttpContext } from './server.js';

export function workerRoutes(api: Api, { workers, jobs }: HttpContext): void {
  const statuses = (): WorkerStatus[] =>
    workers.members.map(({ worker, threads, host, pid, cpuClass, draining }) => {
      const held = jobs.jobsOf(worker);
      const state = draining ? 'DRAINING' : held.length > 0 ? 'WORKING' : 'IDLE';
      return { id: worker, state, threads, host, pid, cpuClass, jobs: held };
    });
  const list = { summary: 'List the workers', querystring: pageQuery, response: { 200: pageOf(workerStatusSchema) } };
  api.get('/workers', { schema: list }, (request) => paginate(statuses(), request.query, ({ id }) => id));
}
