/** Which request each method of the client sends, and what it makes of the answer. */
import { afterEach, describe, expect, it } from 'vitest';
import { createClient, type LockstepClient } from './client.js';
import { jobStatus, sendJson, startFakeService, type FakeService } from './testing/fake-service.js';

let service: FakeService | undefined;
afterEach(async () => {
  await service?.close();
});

/** What `act` sends to a service that answers everything with `answer`, as `METHOD /path body`. */
async function sent(answer: unknown, act: (client: LockstepClient) => Promise<unknown>): Promise<string> {
  service = await startFakeService((_, response) => {
    sendJson(response, 200, answer);
  });
  await act(createClient({ url: service.url }));
  await service.close();
  const [request] = service.seen;
  return `${request?.method ?? ''} ${request?.path.replace('/api/v1', '') ?? ''} ${request?.body.toString() ?? ''}`.trim();
}

const job = jobStatus('RUNNING');
const page = { items: [], nextCursor: null };
const cases: readonly [string, unknown, (client: LockstepClient) => Promise<unknown>][] = [
  ['GET /jobs/a%2Fb', job, ({ jobs }) => jobs.get('a/b')],
  [
    'GET /jobs?state=RUNNING&state=PAUSED&limit=5',
    page,
    ({ jobs }) => jobs.list({ states: ['RUNNING', 'PAUSED'], pageSize: 5 }),
  ],
  ['POST /jobs/j/cancel', job, ({ jobs }) => jobs.cancel('j')],
  ['POST /jobs/j/pause', job, ({ jobs }) => jobs.pause('j')],
  ['POST /jobs/j/resume', job, ({ jobs }) => jobs.resume('j')],
  ['POST /jobs/j/retry', job, ({ jobs }) => jobs.retry('j')],
  ['POST /jobs/j/retry {"name":"x"}', job, ({ jobs }) => jobs.retry('j', { name: 'x' })],
  ['POST /jobs?dryRun=true {"name":"x"}', { layers: [], samples: {} }, ({ jobs }) => jobs.plan({ name: 'x' })],
  ['DELETE /jobs/j', {}, ({ jobs }) => jobs.delete('j')],
  ['GET /jobs/j/metrics', { epochs: [], recent: [] }, ({ jobs }) => jobs.metrics('j')],
  ['GET /jobs/j/logs?limit=500', page, ({ jobs }) => jobs.logs('j')],
  ['GET /datasets/toy/versions', page, ({ datasets }) => datasets.versions('toy')],
  [
    'GET /datasets/toy/preview?split=test&limit=3',
    { name: 'toy', version: 1, split: 'test', shape: [1], samples: [{ number: 0, label: 'a', values: [1] }] },
    ({ datasets }) => datasets.preview('toy', { split: 'test', limit: 3 }),
  ],
  ['HEAD /datasets/toy/shards/ab', {}, ({ datasets }) => datasets.hasShard('toy', 'ab')],
  ['DELETE /datasets/toy?version=2', { name: 'toy', deleted: [2] }, ({ datasets }) => datasets.delete('toy', 2)],
  ['GET /models', page, ({ models }) => models.list()],
  ['GET /models/m/versions', page, ({ models }) => models.versions('m')],
  ['GET /models/m/versions/champion', {}, ({ models }) => models.get('m', 'champion')],
  ['GET /models/m/versions/1/files', page, ({ models }) => models.versionFiles('m', 1)],
  ['GET /models/m/versions/1/files/model.json', {}, ({ models }) => models.downloadFile('m', 1, 'model.json')],
  ['GET /models/m/versions/1/export?format=tfjs', {}, ({ models }) => models.export('m', 1, 'tfjs')],
  ['POST /models/m/versions file', {}, ({ models }) => models.import('m', new TextEncoder().encode('file'))],
  [
    'POST /models/m/predict?version=2 {"instances":[[1]]}',
    { predictions: [] },
    ({ models }) => models.predict('m', [[1]], 2),
  ],
  [
    'POST /models/m/evaluate?version=latest {"data":"toy/test"}',
    {},
    ({ models }) => models.evaluate('m', 'toy/test', 'latest'),
  ],
  ['PUT /models/m/aliases/champion {"version":3}', {}, ({ models }) => models.setAlias('m', 'champion', 3)],
  ['GET /models/m/aliases/champion', { version: 3 }, ({ models }) => models.getAlias('m', 'champion')],
  ['DELETE /models/m/aliases/champion', {}, ({ models }) => models.deleteAlias('m', 'champion')],
  ['DELETE /models/m/versions/3', {}, ({ models }) => models.deleteVersion('m', 3)],
  ['POST /workers/w1/drain', { id: 'w1' }, ({ workers }) => workers.drain('w1')],
  ['POST /workers/w1/revoke', { id: 'w1' }, ({ workers }) => workers.revoke('w1')],
  ['POST /workers/w1/admit', { id: 'w1' }, ({ workers }) => workers.admit('w1')],
];

describe('the client', () => {
  it.each(cases)('sends %s', async (request, answer, act) => {
    expect(await sent(answer, act)).toBe(request);
  });

  it('asks for the next page only when it is wanted', async () => {
    service = await startFakeService(({ path }, response) => {
      const cursor = new URL(path, 'http://h').searchParams.get('cursor');
      sendJson(response, 200, {
        items: [{ id: `w${cursor ?? ''}` }],
        nextCursor: cursor === '2' ? null : cursor === '1' ? '2' : '1',
      });
    });
    const { workers } = createClient({ url: service.url });
    expect((await workers.list()).map(({ id }) => id)).toEqual(['w', 'w1', 'w2']);
    expect(service.seen).toHaveLength(3);
    for await (const { id } of workers.stream()) if (id === 'w') break;
    expect(service.seen).toHaveLength(4);
  });

  it('takes no plan for one that has no layers', async () => {
    service = await startFakeService((_, response) => {
      sendJson(response, 200, { name: 'x' });
    });
    const planned = createClient({ url: service.url }).jobs.plan({ name: 'x' });
    await expect(planned).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('knows that a shard is not there', async () => {
    service = await startFakeService((_, response) => response.writeHead(404).end());
    expect(await createClient({ url: service.url }).datasets.hasShard('toy', 'ab')).toBe(false);
  });
});
