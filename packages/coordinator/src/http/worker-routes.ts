/** /workers: who is in the cluster and what each does. */
import type { WorkerStatus } from '@lockstep/core';
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from './server.js';

export function workerRoutes(api: FastifyInstance, { workers, jobs }: HttpContext): void {
  api.get('/workers', (): WorkerStatus[] =>
    workers.members.map(({ worker, threads, host, pid, cpuClass, draining }) => {
      const held = jobs.jobsOf(worker);
      const state = draining ? 'DRAINING' : held.length > 0 ? 'WORKING' : 'IDLE';
      return { id: worker, state, threads, host, pid, cpuClass, jobs: held };
    }),
  );
}
