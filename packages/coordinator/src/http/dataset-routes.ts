/** /datasets: shards by their hash, then the manifest that makes the dataset visible. */
import { datasetManifestSchema, datasetName, LockstepError, type Fault } from '@lockstep/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { HttpContext } from './server.js';

const SHARD_LIMIT = 64 * 2 ** 20;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

interface ShardParams {
  name: string;
  sha256: string;
}

function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new LockstepError('INVALID_DATASET', `${what} is not valid`, { faults: faultsOf(result.error) });
}

export function datasetRoutes(api: FastifyInstance, { datasets }: HttpContext): void {
  api.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: SHARD_LIMIT },
    (_request, body, done) => {
      done(null, body);
    },
  );
  api.get('/datasets', () => datasets.list());
  api.get<{ Params: { name: string } }>('/datasets/:name', (request) => {
    const manifest = datasets.find(request.params.name);
    if (manifest === undefined) {
      throw new LockstepError('NOT_FOUND', `there is no dataset ${JSON.stringify(request.params.name.slice(0, 80))}`);
    }
    return manifest;
  });
  api.put<{ Params: { name: string } }>('/datasets/:name', async (request, reply) => {
    const name = parse(datasetName, request.params.name, 'the dataset name');
    const manifest = parse(datasetManifestSchema, request.body, 'the manifest');
    if (manifest.name !== name)
      throw new LockstepError('INVALID_DATASET', `the manifest names ${manifest.name}, the address ${name}`);
    const created = await datasets.putManifest(manifest);
    return reply.code(created ? 201 : 200).send(manifest);
  });
  api.put<{ Params: ShardParams }>(
    '/datasets/:name/shards/:sha256',
    { bodyLimit: SHARD_LIMIT },
    async (request, reply) => {
      parse(datasetName, request.params.name, 'the dataset name');
      const hash = parse(sha256, request.params.sha256, 'the shard address');
      if (!Buffer.isBuffer(request.body)) {
        throw new LockstepError('INVALID_DATASET', 'a shard is sent as application/octet-stream');
      }
      const created = await datasets.putShard(hash, request.body);
      return reply.code(created ? 201 : 200).send({ sha256: hash });
    },
  );
}
