import type { Member } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createServer, type HttpContext } from './server.js';

const member = (worker: string) => ({ worker, threads: 1, host: 'h', pid: 1, cpuClass: 'c' }) as Member;
const context = {
  jobs: { list: () => [], jobsOf: () => [] },
  datasets: { list: () => [], find: () => undefined },
  workers: { members: ['w3', 'w1', 'w2'].map(member) },
  ready: () => Promise.resolve(true),
};
const server = createServer(context as unknown as HttpContext);

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { statusCode: status, body } = await server.inject({ url: `/api/v1${path}` });
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}

describe('the HTTP API', () => {
  it('describes its routes in OpenAPI 3.1', async () => {
    const { body } = await get('/openapi.json');
    expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/api/v1/jobs/{id}': { get: { tags: ['jobs'] } } } });
    expect(body).toHaveProperty('components.schemas.JobStatus');
  });

  it('gives lists in pages, each once and in order', async () => {
    const first = (await get('/workers?limit=2')).body;
    expect(first).toMatchObject({ items: [{ id: 'w1' }, { id: 'w2' }] });
    const second = (await get(`/workers?limit=2&cursor=${String(first['nextCursor'])}`)).body;
    expect(second).toMatchObject({ items: [{ id: 'w3' }], nextCursor: null });
  });

  it.each(['/workers?limit=0', '/workers?limit=1&limit=2', '/workers?cursor=!', '/jobs?stat=RUNNING', '/jobs?state=X'])(
    'refuses %s with a problem that says where',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 400, body: { code: 'INVALID_OPTION', status: 400 } });
    },
  );

  it('refuses a body that does not match with the code of its route and all faults', async () => {
    const { statusCode, body } = await server.inject({ method: 'PUT', url: '/api/v1/datasets/toy', body: {} });
    expect(statusCode).toBe(422);
    const problem = JSON.parse(body) as { code: string; faults: { path: string }[] };
    expect(problem.code).toBe('INVALID_DATASET');
    expect(problem.faults.map(({ path }) => path)).toContain('features');
  });
});
