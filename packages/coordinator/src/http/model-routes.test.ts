import { writeModelWeights, writeSafetensors, type ModelDescription, type SafeTensor } from '@lockstep/core';
import { MemoryNetwork } from '@lockstep/transport';
import { beforeEach, describe, expect, it } from 'vitest';
import { answerQuestions } from '../models/answer-questions.js';
import type { PredictionService } from '../models/prediction-service.js';
import { StoredModelRegistry } from '../models/stored-model-registry.js';
import { CoordinatorMetrics } from '../metrics/coordinator-metrics.js';
import { silentLog } from '../testing/fake-worker.js';
import { errorOf, type ThreadFailure } from '../thread-failure.js';
import { createServer, type HttpContext } from './server.js';
import { openGate } from './testing/test-service.js';

const description: ModelDescription = {
  layers: [{ type: 'dense', units: 2, name: 'out' }],
  features: { shape: [3] },
  classNames: ['no', 'yes'],
};
const kernel: SafeTensor = { dtype: 'F32', shape: [3, 2], data: new Float32Array([1, 2, 3, 4, 5, 6]) };
const bias: SafeTensor = { dtype: 'F32', shape: [2], data: new Float32Array([7, 8]) };
const file = Buffer.from(
  writeModelWeights(description, [
    ['out/kernel', kernel],
    ['out/bias', bias],
  ]),
);

/** A split of a thousand shards of one sample. */
const shard = writeSafetensors([
  ['x', { dtype: 'F32', shape: [1, 3], data: new Float32Array(3) }],
  ['y', { dtype: 'I32', shape: [1], data: new Int32Array(1) }],
]);
const manifest = {
  name: 'many',
  version: 1,
  features: { shape: [3], dtype: 'float32' },
  labels: { kind: 'classes', classNames: ['no', 'yes'] },
  splits: { test: { count: 1000, shards: Array<object>(1000).fill({ sha256: 'ab'.repeat(32), bytes: 1, count: 1 }) } },
};
/** Is called when a shard is read. */
let onShard: () => Promise<void>;
const datasets = {
  find: () => manifest,
  shard: async () => {
    await onShard();
    return shard;
  },
};

const jobs: { id: string; status: { state: string }; record: { spec: unknown } }[] = [];
let server: ReturnType<typeof createServer>;

/** Stands for the threads: the outputs are the first two features. */
const firstTwo = (x: Float32Array): Float32Array =>
  Float32Array.from({ length: (x.length / 3) * 2 }, (_, i) => x[Math.floor(i / 2) * 3 + (i % 2)] ?? 0);

const predictions: Pick<PredictionService, 'predict' | 'respond'> = {
  predict: (_version, x) => Promise.resolve(firstTwo(x)),
  respond: async (version, body) => {
    const [answer] = answerQuestions([{ type: 'request', body }], { version, outputs: 2, predict: firstTwo });
    if (answer?.type === 'response') return Promise.resolve(answer.body);
    throw errorOf(answer as ThreadFailure);
  },
};

beforeEach(async () => {
  const models = await StoredModelRegistry.open(new MemoryNetwork().connect('c'), (_plan, parameters) => [
    { name: 'model.json', bytes: new Uint8Array([1]) },
    { name: 'weights.bin', bytes: new Uint8Array(parameters.slice().buffer) },
  ]);
  const context = { models, predictions, datasets, jobs: { all: jobs } } as unknown as HttpContext;
  server = createServer({ ...context, log: silentLog, gate: openGate, metrics: new CoordinatorMetrics() });
  await send('POST', '/models/toy/versions', file);
});

interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly body: unknown;
}

async function send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object | Buffer): Promise<Answer> {
  const binary = Buffer.isBuffer(body) ? { headers: { 'content-type': 'application/octet-stream' } } : {};
  const response = await server.inject({ method, url: `/api/v1${url}`, ...(body && { body }), ...binary });
  const isJson = String(response.headers['content-type']).includes('json');
  return {
    status: response.statusCode,
    bytes: response.rawPayload,
    body: isJson ? (JSON.parse(response.body) as unknown) : undefined,
  };
}

describe('an evaluation', () => {
  it('ends when whoever asked for it goes', async () => {
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const gone = new AbortController();
    const closed = new Promise((resolve) => server.server.on('connection', (socket) => socket.once('close', resolve)));
    let shards = 0;
    onShard = async () => {
      shards += 1;
      if (shards < 3) return;
      gone.abort();
      await closed;
    };
    const asked = fetch(`${url}/api/v1/models/toy/evaluate`, {
      ...{ method: 'POST', signal: gone.signal, body: '{"data":"many/test"}' },
      headers: { 'content-type': 'application/json' },
    });
    await expect(asked).rejects.toThrow('aborted');
    await closed;
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(shards).toBe(3);
    await server.close();
  });

  it('goes over every sample for whoever stays', async () => {
    onShard = () => Promise.resolve();
    const { status, body } = await send('POST', '/models/toy/evaluate', { data: 'many/test' });
    expect([status, body]).toMatchObject([200, { metrics: { samples: 1000, accuracy: 1 } }]);
  });
});

describe('/models', () => {
  it('lists models and versions, and gives each with its files.', async () => {
    const page = { nextCursor: null };
    expect((await send('GET', '/models')).body).toEqual({
      ...page,
      items: [{ name: 'toy', latest: 1, versions: [1], aliases: {} }],
    });
    expect((await send('GET', '/models/toy/versions')).body).toMatchObject({ ...page, items: [{ version: 1 }] });
    expect((await send('GET', '/models/toy/versions/latest')).body).toMatchObject({
      version: 1,
      job: null,
      parameters: 8,
    });
    const files = (await send('GET', '/models/toy/versions/1/files')).body;
    expect(files).toMatchObject({ items: [{ name: 'model.json' }, { name: 'weights.bin', bytes: 32 }] });
    const weights = (await send('GET', '/models/toy/versions/1/files/weights.bin')).bytes;
    expect([...new Float32Array(new Uint8Array(weights).buffer)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await send('GET', '/models/toy/versions/1/files/..%2fmodel.json')).toMatchObject({ status: 404 });
  });

  it('takes what it has exported, as the same version.', async () => {
    const tar = (await send('GET', '/models/toy/versions/1/export?format=safetensors')).bytes;
    expect(tar.subarray(0, 17).toString()).toBe('model.safetensors');
    const bytes = Number.parseInt(tar.subarray(124, 135).toString(), 8);
    const imported = await send('POST', '/models/toy/versions', tar.subarray(512, 512 + bytes));
    expect(imported).toMatchObject({ status: 201, body: { version: 1 } });
    expect(await send('POST', '/models/copy/versions', tar.subarray(512, 512 + bytes))).toMatchObject({
      status: 201,
      body: { name: 'copy', version: 1, classNames: ['no', 'yes'], output: { kind: 'scores' } },
    });
  });

  it('refuses to import what is no model.', async () => {
    const nothing = await send('POST', '/models/toy/versions', Buffer.alloc(9));
    expect(nothing).toMatchObject({ status: 422, body: { code: 'INVALID_MODEL' } });
    expect(await send('POST', '/models/toy/versions', {})).toMatchObject({
      status: 422,
      body: { code: 'INVALID_MODEL' },
    });
  });

  it('sets, gives and removes aliases, and deletes only a version that none names.', async () => {
    expect(await send('PUT', '/models/toy/aliases/champion', { version: 1 })).toMatchObject({ status: 200 });
    const alias = { name: 'toy', alias: 'champion', version: 1 };
    expect((await send('GET', '/models/toy/aliases/champion')).body).toEqual(alias);
    expect(await send('PUT', '/models/toy/aliases/champion', { version: 2 })).toMatchObject({ status: 404 });
    expect(await send('DELETE', '/models/toy/versions/1')).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect(await send('DELETE', '/models/toy/aliases/champion')).toMatchObject({ status: 204 });
    expect(await send('DELETE', '/models/toy/versions/1')).toMatchObject({ status: 204 });
    expect(await send('GET', '/models/toy')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('does not delete a version that a job starts from as long as the job is not over.', async () => {
    const model = { initialWeights: `toy/1@${'a'.repeat(64)}` };
    const job = { id: 'j-1', status: { state: 'QUEUED' }, record: { spec: { model } } };
    jobs.push(job);
    expect(await send('DELETE', '/models/toy/versions/1')).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    job.status.state = 'SUCCEEDED';
    expect(await send('DELETE', '/models/toy/versions/1')).toMatchObject({ status: 204 });
  });

  it('predicts, with the version that answered.', async () => {
    expect(
      (
        await send('POST', '/models/toy/predict?version=1', {
          instances: [
            [1, 2, 3],
            [9, 8, 7],
          ],
        })
      ).body,
    ).toEqual({
      predictions: [
        { class: 'yes', values: [1, 2] },
        { class: 'no', values: [9, 8] },
      ],
      model: { name: 'toy', version: 1 },
    });
  });

  it.each([
    ['{"instances":[[1,2]]}', 422, 'INVALID_INSTANCES', 'instances[0]'],
    ['{"instances":[]}', 422, 'INVALID_INSTANCES', 'instances'],
    ['{}', 422, 'INVALID_INSTANCES', 'instances'],
    ['[]', 422, 'INVALID_INSTANCES', ''],
    ['{"instances":[[1,2,3]],"more":1}', 422, 'INVALID_INSTANCES', ''],
    [`{"instances":[${'[1,2,3],'.repeat(10_000)}[1,2,3]]}`, 422, 'INVALID_INSTANCES', 'instances'],
    ['', 400, 'INVALID_OPTION', undefined],
    ['{"instances":', 400, 'INVALID_OPTION', undefined],
    [`{"instances":${'['.repeat(65)}${']'.repeat(65)}}`, 400, 'INVALID_OPTION', undefined],
    ['{"__proto__":{},"instances":[[1,2,3]]}', 400, 'INVALID_OPTION', undefined],
  ])('refuses to predict %.40s', async (payload, status, code, path) => {
    const headers = { 'content-type': 'application/json' };
    const response = await server.inject({ method: 'POST', url: '/api/v1/models/toy/predict', payload, headers });
    const { faults, ...body } = response.json<{ code: string; faults?: { path: string }[] }>();
    expect([response.statusCode, body.code, faults?.[0]?.path]).toEqual([status, code, path]);
  });

  it.each([
    ['application/octet-stream', '{"instances":[[1,2,3]]}', 415, 'INVALID_OPTION'],
    ['application/json', `{"instances":[${' '.repeat(64 * 2 ** 20)}]}`, 413, 'PAYLOAD_TOO_LARGE'],
  ])('refuses to predict what comes as %s and is none, or too much', async (type, payload, status, code) => {
    const headers = { 'content-type': type };
    const response = await server.inject({ method: 'POST', url: '/api/v1/models/toy/predict', payload, headers });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code]);
  });
});
