import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestService, toyJob, type TestService } from './testing/test-service.js';

let service: TestService;
let server: FastifyInstance;
beforeEach(async () => {
  service = await startTestService();
  server = service.server;
});
afterEach(async () => {
  await service.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

async function ask(request: InjectOptions): Promise<Answer> {
  const { statusCode: status, headers, body } = await server.inject(request);
  const isJson = String(headers['content-type']).includes('json');
  return { status, headers, body: isJson ? (JSON.parse(body) as Record<string, unknown>) : {} };
}

const get = (path: string): Promise<Answer> => ask({ url: `/api/v1${path}` });
const post = (path: string, payload?: object, headers = {}): Promise<Answer> =>
  ask({ method: 'POST', url: `/api/v1${path}`, headers, ...(payload && { payload }) });

describe('the HTTP API', () => {
  it('describes its routes in OpenAPI 3.1', async () => {
    const { body } = await get('/openapi.json');
    expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/api/v1/jobs/{id}': { get: { tags: ['jobs'] } } } });
    expect(body).toHaveProperty('components.schemas.JobStatus');
  });

  it('gives lists in pages, each once and in order', async () => {
    for (const id of ['w3', 'w1', 'w2']) await service.addWorker(id);
    const first = (await get('/workers?limit=2')).body;
    expect(first).toMatchObject({ items: [{ id: 'w1' }, { id: 'w2' }] });
    const second = (await get(`/workers?limit=2&cursor=${String(first['nextCursor'])}`)).body;
    expect(second).toMatchObject({ items: [{ id: 'w3' }], nextCursor: null });
  });

  it('shuts a worker out, whether it is there or not, says so, and lets it in again', async () => {
    await service.addWorker('w1');
    expect(await post('/workers/w1/revoke')).toMatchObject({
      status: 200,
      body: { id: 'w1', state: 'REVOKED', host: 'h' },
    });
    expect((await post('/workers/w2/revoke')).status).toBe(200);
    const states = async (): Promise<unknown> =>
      ((await get('/workers')).body['items'] as { id: string; state: string }[]).map(({ id, state }) => [id, state]);
    await service.addWorker('w1');
    expect(await states()).toEqual([
      ['w1', 'REVOKED'],
      ['w2', 'REVOKED'],
    ]);
    expect(await post('/workers/w1/admit')).toMatchObject({ status: 200, body: { id: 'w1' } });
    await service.addWorker('w1');
    expect(await states()).toEqual([
      ['w1', 'IDLE'],
      ['w2', 'REVOKED'],
    ]);
    expect(await post('/workers/w1/admit')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await post('/workers/a%20b/revoke')).toMatchObject({ status: 400, body: { code: 'INVALID_OPTION' } });
  });

  it.each(['/workers?limit=0', '/workers?limit=1&limit=2', '/workers?cursor=!', '/jobs?stat=RUNNING', '/jobs?state=X'])(
    'refuses %s with a problem that says where',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 400, body: { code: 'INVALID_OPTION', status: 400 } });
    },
  );

  it('refuses a body that does not match with the code of its route and all faults', async () => {
    const { status, body } = await ask({ method: 'PUT', url: '/api/v1/datasets/toy', payload: {} });
    expect([status, body['code']]).toEqual([422, 'INVALID_DATASET']);
    expect((body['faults'] as { path: string }[]).map(({ path }) => path)).toContain('features');
  });

  it('says which methods an address has', async () => {
    const { status, body, headers } = await ask({ method: 'DELETE', url: '/api/v1/workers' });
    expect([status, body['code'], headers['allow']]).toEqual([405, 'METHOD_NOT_ALLOWED', 'GET, HEAD']);
    expect(await ask({ method: 'QUERY' as 'GET', url: '/api/v1/workers' })).toMatchObject({ status: 405 });
    expect(await get('/nothing')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it.each([
    ['a body of another type', { headers: { 'content-type': 'text/plain' }, payload: 'x' }, 415],
    ['no JSON', { headers: { 'content-type': 'application/json' }, payload: '{' }, 400],
    ['JSON that is nested too deep', { payload: '['.repeat(1e5) + ']'.repeat(1e5) }, 400],
    ['a key that would reach into every object', { payload: '{"__proto__": {"x": 1}}' }, 400],
    ['NUL characters', { payload: '{"name": "a\\u0000"}' }, 400],
    ['half characters', { payload: '{"name": "\\ud800"}' }, 400],
    ['a number beyond all', { payload: '{"name": 1e999}' }, 422],
    ['too much', { payload: `"${'x'.repeat(5 * 2 ** 20)}"` }, 413],
  ])('refuses %s', async (_what, request, status) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await ask({ method: 'POST', url: '/api/v1/jobs', headers, ...request });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('refuses names that are too long', async () => {
    expect(await get(`/jobs/${'x'.repeat(500)}`)).toMatchObject({ status: 400, body: { code: 'INVALID_OPTION' } });
  });

  it('answers to an address that is none with a problem', async () => {
    expect(await ask({ url: '/api/v1/jobs/%zz' })).toMatchObject({ status: 400, body: { code: 'INVALID_OPTION' } });
    expect(await get('/jobs/..%2f..%2fetc')).toMatchObject({ status: 404 });
  });
});

describe('a job over HTTP', () => {
  it('goes from its submission to its end, and is forgotten when it is deleted', async () => {
    const { status, headers, body } = await post('/jobs', toyJob);
    const path = `/jobs/${String(body['id'])}`;
    expect([status, headers['location']]).toEqual([201, `/api/v1${path}`]);
    expect((await get(path)).body).toMatchObject({ state: 'QUEUED', owner: 'local', spec: { name: 'toy' } });
    expect((await get('/jobs?state=QUEUED&state=FAILED')).body).toMatchObject({ items: [{ id: body['id'] }] });
    expect(await post(`${path}/pause`)).toMatchObject({ status: 202, body: { state: 'PAUSED' } });
    expect(await post(`${path}/resume`)).toMatchObject({ status: 202, body: { state: 'QUEUED' } });
    expect(await ask({ method: 'DELETE', url: `/api/v1${path}` })).toMatchObject({ status: 409 });
    expect(await post(`${path}/cancel`)).toMatchObject({ status: 202, body: { state: 'CANCELLED' } });
    expect((await get(`${path}/checkpoints`)).body).toEqual({ items: [], nextCursor: null });
    expect((await get(`${path}/metrics`)).body).toEqual({ epochs: [], recent: [] });
    expect((await get(`${path}/logs`)).status).toBe(200);
    expect(await post(`${path}/retry`)).toMatchObject({ status: 201, body: { state: 'QUEUED', name: 'toy' } });
    expect(await post(`${path}/retry`, { ...toyJob, name: 'b' })).toMatchObject({ status: 201, body: { name: 'b' } });
    expect(await ask({ method: 'DELETE', url: `/api/v1${path}` })).toMatchObject({ status: 204 });
    expect((await get(path)).status).toBe(404);
  });

  it('is only planned by a dry run', async () => {
    const { status, body } = await post('/jobs?dryRun=true', toyJob);
    expect(status).toBe(200);
    expect(body).toMatchObject({ parameters: 8, sliceSize: 2, slicesPerStep: 2, layers: [{ outputShape: [2] }] });
    expect(body['memoryBytes']).toBeGreaterThan(0);
    expect((await get('/jobs')).body['items']).toEqual([]);
  });

  it('is submitted once, however often the same key is sent', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await post('/jobs', toyJob, key);
    expect((await post('/jobs', toyJob, key)).body['id']).toBe(first.body['id']);
    expect((await post('/jobs', { ...toyJob, name: 'b' }, key)).body['code']).toBe('CONFLICT');
    expect((await post('/jobs', toyJob)).body['id']).not.toBe(first.body['id']);
    expect((await post('/jobs', toyJob, { 'idempotency-key': 'x'.repeat(256) })).status).toBe(400);
  });

  it('that is not valid is refused with all its faults', async () => {
    const { status, body } = await post('/jobs', { ...toyJob, task: 'x', training: { batchSize: 0 } });
    expect([status, body['code']]).toEqual([422, 'INVALID_SPEC']);
    expect((body['faults'] as { path: string }[]).map(({ path }) => path)).toEqual(['task', 'training.batchSize']);
    expect((await post('/jobs', { ...toyJob, name: 'unrecordable' })).body['code']).toBe('MODEL_NOT_RECORDABLE');
  });
});
