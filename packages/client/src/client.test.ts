import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { isLockstepError, type DatasetManifest, type LockstepError } from '@lockstep/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { jobStatus, sendJson, startFakeService, type Answer, type FakeService } from './testing/fake-service.js';

let service: FakeService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function serve(answer: Answer): Promise<FakeService> {
  service = await startFakeService(answer);
  return service;
}

async function failure(promise: Promise<unknown>): Promise<LockstepError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isLockstepError(error)) throw error;
  return error;
}

const manifest: DatasetManifest = {
  name: 'toy',
  version: 1,
  features: { shape: [2], dtype: 'float32', offset: 0, scale: 1 },
  labels: { kind: 'classes', classNames: ['a', 'b'] },
  rowsPerShard: 2,
  splits: { train: { count: 1, shards: [{ sha256: 'a'.repeat(64), bytes: 10, count: 1 }] } },
  source: 'made up',
};

describe('the client', () => {
  it('submits a job as JSON with the token and returns its status', async () => {
    const { url, seen } = await serve((_, response) => {
      sendJson(response, 201, jobStatus('QUEUED'));
    });
    const status = await createClient({ url: `${url}/`, token: 'secret' }).jobs.submit({ name: 'x' });
    expect(status.state).toBe('QUEUED');
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/jobs' });
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'content-type': 'application/json' });
    expect(seen[0]?.body.toString()).toBe('{"name":"x"}');
  });

  it('turns a problem back into the error it was made from', async () => {
    const faults = [{ path: 'training.batchSize', message: 'must be at least 1' }];
    const { url } = await serve((_, response) => {
      const problem = {
        type: 'about:blank',
        title: 'Invalid',
        status: 422,
        detail: 'bad job',
        code: 'INVALID_SPEC',
        hint: 'mend it',
        faults,
      };
      sendJson(response, 422, problem);
    });
    const error = await failure(createClient({ url }).jobs.submit({}));
    expect(error).toMatchObject({ code: 'INVALID_SPEC', message: 'bad job', hint: 'mend it', faults });
  });

  it.each([
    [404, 'NOT_FOUND'],
    [409, 'CONFLICT'],
    [503, 'UNREACHABLE'],
    [500, 'INTERNAL'],
  ])('knows what status %i means when no code comes with it', async (status, code) => {
    const { url } = await serve((_, response) => response.writeHead(status).end('<html>oops</html>'));
    expect(await failure(createClient({ url }).jobs.get('x'))).toMatchObject({ code });
  });

  it('says that nothing answers when the connection is refused', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const url = `http://127.0.0.1:${(probe.address() as AddressInfo).port}`;
    await new Promise((resolve) => probe.close(resolve));
    const error = await failure(createClient({ url }).version());
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toBe(`nothing answers at ${url}`);
    expect(error.hint).toContain('coordinator');
  });

  it('gives up a request at its deadline and says what it waited for', async () => {
    const { url } = await serve(() => undefined);
    const error = await failure(createClient({ url, timeoutMilliseconds: 30 }).jobs.get('slow'));
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain('GET /jobs/slow');
  });

  it('holds the deadline over the body too', async () => {
    const { url } = await serve((_, response) => void response.writeHead(200, { 'content-length': '10' }).write('{'));
    expect(await failure(createClient({ url, timeoutMilliseconds: 50 }).version())).toMatchObject({ code: 'TIMEOUT' });
  });

  it('fails with the reason of its signal', async () => {
    const stop = new AbortController();
    const { url } = await serve(() => {
      stop.abort(new Error('interrupted'));
    });
    await expect(createClient({ url, signal: stop.signal }).jobs.get('x')).rejects.toThrow('interrupted');
  });

  it('asks again once when a kept-alive connection was dropped, and submits again under the same key', async () => {
    const { url, seen } = await serve((_, response, index) => {
      if (index % 2 === 0) response.destroy();
      else sendJson(response, 200, index === 1 ? { version: '1.2.3' } : jobStatus('QUEUED'));
    });
    const client = createClient({ url });
    expect(await client.version()).toBe('1.2.3');
    expect((await client.jobs.submit({})).state).toBe('QUEUED');
    const [first, second] = seen.slice(2).map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
  });

  it('never does twice what has no key', async () => {
    const { url, seen } = await serve((_, response) => response.destroy());
    expect((await failure(createClient({ url }).jobs.retry('x'))).code).toBe('UNREACHABLE');
    expect(seen).toHaveLength(1);
  });

  it('takes the key that it is given', async () => {
    const { url, seen } = await serve((_, response) => {
      sendJson(response, 201, jobStatus('QUEUED'));
    });
    await createClient({ url }).jobs.submit({}, { idempotencyKey: 'mine' });
    expect(seen[0]?.headers['idempotency-key']).toBe('mine');
  });

  it('notices that another service answers', async () => {
    const { url } = await serve((_, response) => response.writeHead(200).end('<html>hello</html>'));
    expect(await failure(createClient({ url }).jobs.get('x'))).toMatchObject({ code: 'UNREACHABLE' });
    expect((await failure(createClient({ url }).workers.list())).message).toContain('not as a Lockstep coordinator');
  });

  it('uploads shards as raw bytes and puts the manifest', async () => {
    const { url, seen } = await serve((_, response) => {
      sendJson(response, 201, { ...manifest, version: 3 });
    });
    const { datasets } = createClient({ url });
    await datasets.uploadShard('toy', 'a'.repeat(64), Uint8Array.of(0, 1, 255));
    expect((await datasets.put(manifest)).version).toBe(3);
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `PUT /api/v1/datasets/toy/shards/${'a'.repeat(64)}`,
      'PUT /api/v1/datasets/toy',
    ]);
    expect(seen[0]?.headers['content-type']).toBe('application/octet-stream');
    expect([...(seen[0]?.body ?? [])]).toEqual([0, 1, 255]);
    expect(JSON.parse(seen[1]?.body.toString() ?? '')).toEqual(manifest);
  });

  it('reads datasets, workers and models', async () => {
    const answers: Record<string, unknown> = {
      '/api/v1/datasets': { items: [manifest], nextCursor: null },
      '/api/v1/datasets/toy': manifest,
      '/api/v1/workers': { items: [{ id: 'w1' }], nextCursor: null },
    };
    const { url } = await serve((request, response) => {
      if (request.path.endsWith('weights.bin')) response.end(Buffer.of(1, 2, 3));
      else sendJson(response, 200, answers[request.path]);
    });
    const client = createClient({ url });
    expect(await client.datasets.list()).toEqual([manifest]);
    expect(await client.datasets.get('toy')).toEqual(manifest);
    expect(await client.workers.list()).toEqual([{ id: 'w1' }]);
    expect([...(await client.models.downloadFile('m', 1, 'weights.bin'))]).toEqual([1, 2, 3]);
  });

  it.each(['', 'localhost:8470', 'nats://127.0.0.1:4222'])('refuses the address %j', (url) => {
    expect(() => createClient({ url })).toThrow(/is not an address of a coordinator/);
  });
});
