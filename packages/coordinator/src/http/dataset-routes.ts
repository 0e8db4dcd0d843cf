/** /datasets: shards by their hash, then the manifest that makes a version visible; and looking at what there is. */
import {
  datasetManifestSchema,
  datasetName,
  datasetPreviewSchema,
  datasetVersion,
  isFinal,
  LockstepError,
  splitName,
} from '@lockstep/core';
import { z } from 'zod';
import { octets, pageOf, pageQuery, paginate, type Api } from './api.js';
import type { HttpContext } from './server.js';

const SHARD_LIMIT = 64 * 2 ** 20;
/** Bodies and names that do not match are refused with this code. */
const config = { invalid: 'INVALID_DATASET' } as const;

const named = z.object({ name: datasetName });
const anyName = z.object({ name: z.string().max(80) });
const shardParams = named.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits') });
const version = z.coerce.number().pipe(datasetVersion).optional();
const versionQuery = z.strictObject({ version: version.describe('the newest by default') });
const previewQuery = versionQuery.extend({
  split: splitName.default('train'),
  limit: z.coerce.number().int().min(1).max(100).default(10).describe('samples at most'),
});
const stored = z.object({ sha256: z.string() });

const SCHEMAS = {
  list: {
    summary: 'List datasets',
    description: 'The newest version of each.',
    querystring: pageQuery,
    response: { 200: pageOf(datasetManifestSchema) },
  },
  get: {
    summary: 'Get a manifest',
    params: anyName,
    querystring: versionQuery,
    response: { 200: datasetManifestSchema },
  },
  versions: {
    summary: 'List the versions of a dataset',
    description: 'The newest first.',
    params: anyName,
    querystring: pageQuery,
    response: { 200: pageOf(datasetManifestSchema) },
  },
  preview: {
    summary: 'Look at samples',
    description: 'The first ones of a split: rows of a table, pictures as PNG, or values.',
    params: anyName,
    querystring: previewQuery,
    response: { 200: datasetPreviewSchema },
  },
  put: {
    summary: 'Make a version visible',
    description:
      'Its shards must be there. The answer says which version it is: the next (201), or the newest where that is the ' +
      'very same (200). `version` and `createdAt` of the body are not looked at.',
    params: named,
    body: datasetManifestSchema,
    response: { 200: datasetManifestSchema, 201: datasetManifestSchema },
  },
  delete: {
    summary: 'Delete a dataset',
    description: 'All versions by default. Refused while a job uses one. Numbers of versions are never given again.',
    params: anyName,
    querystring: z.strictObject({ version: version.describe('all by default') }),
    response: { 200: z.object({ name: z.string(), deleted: z.array(datasetVersion).readonly() }) },
  },
  hasShard: {
    summary: 'Ask whether a shard is there',
    params: shardParams,
    response: { 200: z.string().length(0).describe('it is') },
  },
  putShard: {
    summary: 'Store a shard',
    consumes: ['application/octet-stream'],
    params: shardParams,
    body: octets,
    response: { 200: stored, 201: stored },
  },
};

export function datasetRoutes(api: Api, context: HttpContext): void {
  const { datasets } = context;
  api.get('/datasets', { schema: SCHEMAS.list }, (request) =>
    paginate(datasets.list(), request.query, ({ name }) => name),
  );
  api.get('/datasets/:name', { schema: SCHEMAS.get }, ({ params, query }) => datasets.get(params.name, query.version));
  api.get('/datasets/:name/versions', { schema: SCHEMAS.versions }, ({ params, query }) =>
    paginate(datasets.versions(params.name), query, newestFirst),
  );
  api.get('/datasets/:name/preview', { schema: SCHEMAS.preview }, ({ params, query: { version, split, limit } }) =>
    datasets.preview(params.name, { version, split, limit }),
  );
  api.put('/datasets/:name', { schema: SCHEMAS.put, config }, async (request, reply) => {
    const { params, body } = request;
    if (body.name !== params.name)
      throw new LockstepError('INVALID_DATASET', `the manifest names ${body.name}, the address ${params.name}`);
    const { manifest, created } = await datasets.putManifest(body);
    return reply.code(created ? 201 : 200).send(manifest);
  });
  api.delete('/datasets/:name', { schema: SCHEMAS.delete }, async ({ params: { name }, query }) => {
    const deleted = await datasets.delete(name, query.version, (number) => jobUsing(context, name, number));
    return { name, deleted };
  });
  shardRoutes(api, context);
}

function shardRoutes(api: Api, { datasets }: HttpContext): void {
  api.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: SHARD_LIMIT },
    (_request, body, done) => {
      done(null, body);
    },
  );
  api.head('/datasets/:name/shards/:sha256', { schema: SCHEMAS.hasShard, config }, async (request, reply) => {
    const { sha256 } = request.params;
    if (await datasets.hasShard(sha256)) return reply.code(200).send('');
    throw new LockstepError('NOT_FOUND', `there is no shard ${sha256}`);
  });
  const limited = { schema: SCHEMAS.putShard, config, bodyLimit: SHARD_LIMIT };
  api.put('/datasets/:name/shards/:sha256', limited, async (request, reply) => {
    const { sha256 } = request.params;
    const created = await datasets.putShard(sha256, request.body);
    return reply.code(created ? 201 : 200).send({ sha256 });
  });
}

/** One that is not over. */
function jobUsing({ jobs }: HttpContext, name: string, version: number): string | undefined {
  return jobs.all.find(({ status: { state, dataset } }) => {
    return !isFinal(state) && dataset?.name === name && dataset.version === version;
  })?.id;
}

/** Pages are in ascending order of their keys. */
function newestFirst({ version: number }: { readonly version: number }): string {
  return String(1e9 - number).padStart(10, '0');
}
