/** /datasets: shards by their hash, then the manifest that makes the dataset visible. */
import { datasetManifestSchema, datasetName, LockstepError } from '@lockstep/core';
import { z } from 'zod';
import { octets, pageOf, pageQuery, paginate, type Api } from './api.js';
import type { HttpContext } from './server.js';

const SHARD_LIMIT = 64 * 2 ** 20;
/** Bodies and names that do not match are refused with this code. */
const config = { invalid: 'INVALID_DATASET' } as const;

const named = z.object({ name: datasetName });
const shardParams = named.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits') });
const manifests = { 200: datasetManifestSchema, 201: datasetManifestSchema };
const stored = z.object({ sha256: z.string() });

const SCHEMAS = {
  list: { summary: 'List datasets', querystring: pageQuery, response: { 200: pageOf(datasetManifestSchema) } },
  get: {
    summary: 'Get a manifest',
    params: z.object({ name: z.string().max(80) }),
    response: { 200: datasetManifestSchema },
  },
  put: {
    summary: 'Make a dataset visible',
    description: 'Its shards must be there. The same manifest again changes nothing (200), another one is a conflict.',
    params: named,
    body: datasetManifestSchema,
    response: manifests,
  },
  putShard: {
    summary: 'Store a shard',
    consumes: ['application/octet-stream'],
    params: shardParams,
    body: octets,
    response: { 200: stored, 201: stored },
  },
};

export function datasetRoutes(api: Api, { datasets }: HttpContext): void {
  api.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: SHARD_LIMIT },
    (_request, body, done) => {
      done(null, body);
    },
  );
  api.get('/datasets', { schema: SCHEMAS.list }, (request) =>
    paginate(datasets.list(), request.query, ({ name }) => name),
  );
  api.get('/datasets/:name', { schema: SCHEMAS.get }, (request) => {
    const manifest = datasets.find(request.params.name);
    if (manifest !== undefined) return manifest;
    throw new LockstepError('NOT_FOUND', `there is no dataset ${JSON.stringify(request.params.name)}`);
  });
  api.put('/datasets/:name', { schema: SCHEMAS.put, config }, async (request, reply) => {
    const { params, body: manifest } = request;
    if (manifest.name !== params.name)
      throw new LockstepError('INVALID_DATASET', `the manifest names ${manifest.name}, the address ${params.name}`);
    const created = await datasets.putManifest(manifest);
    return reply.code(created ? 201 : 200).send(manifest);
  });
  const limited = { schema: SCHEMAS.putShard, config, bodyLimit: SHARD_LIMIT };
  api.put('/datasets/:name/shards/:sha256', limited, async (request, reply) => {
    const { sha256 } = request.params;
    const created = await datasets.putShard(sha256, request.body);
    return reply.code(created ? 201 : 200).send({ sha256 });
  });
}
