/** /models: the registry, importing and exporting, and predictions. */
import {
  isFinal,
  LockstepError,
  modelAlias,
  modelFileSchema,
  modelName,
  modelSummarySchema,
  modelVersionSchema,
  predictionSchema,
  readModelWeights,
  splitMetricsSchema,
  splitReferenceSchema,
  type ModelVersion,
} from '@lockstep/core';
import { z } from 'zod';
import { goesOnWith } from '../models/continued-model.js';
import { predictRequestSchema } from '../models/answer-questions.js';
import { evaluateModel } from '../models/evaluate-model.js';
import { EXPORT_FORMATS, exportModel } from '../models/export-model.js';
import { startsFrom } from '../models/initial-model.js';
import { writeTar } from '../models/tar.js';
import { octets, pageOf, pageQuery, paginate, type Api } from './api.js';
import type { HttpContext } from './server.js';

const IMPORT_LIMIT = 512 * 2 ** 20;
const PREDICT_LIMIT = 64 * 2 ** 20;

const named = z.strictObject({ name: modelName });
const versioned = named.extend({
  version: modelName.describe('a number or an alias; `latest` is the newest'),
});
const numbered = named.extend({ version: z.coerce.number().int().min(1) });
const aliased = named.extend({ alias: modelAlias });
const aliasSchema = z.object({ name: modelName, alias: modelAlias, version: z.number().int().min(1) });
const file = { description: 'The file', content: { 'application/octet-stream': { schema: octets } } };
const tar = { description: 'The files', content: { 'application/x-tar': { schema: octets } } };

const predictions = z.object({
  predictions: z.array(predictionSchema).readonly(),
  model: z.object({ name: modelName, version: z.number().int().min(1) }),
});
/** A request for predictions: the thread that answers it reads it, and the document shows what it has to be. */
const unread = z
  .custom<Buffer>((value) => Buffer.isBuffer(value), 'must be JSON')
  .meta(z.toJSONSchema(predictRequestSchema));

const SCHEMAS = {
  list: { summary: 'List models', querystring: pageQuery, response: { 200: pageOf(modelSummarySchema) } },
  summary: { summary: 'Get a model', params: named, response: { 200: modelSummarySchema } },
  versions: {
    summary: "List a model's versions",
    params: named,
    querystring: pageQuery,
    response: { 200: pageOf(modelVersionSchema) },
  },
  get: { summary: 'Get a version', params: versioned, response: { 200: modelVersionSchema } },
  import: {
    summary: 'Import a model',
    description:
      'A safetensors file with the weights by `<layer>/<weight>` and in its metadata `lockstep`: layers, features and ' +
      'class names in JSON. The same again gives the version that is there.',
    consumes: ['application/octet-stream'],
    params: z.strictObject({ name: modelName }),
    body: octets,
    response: { 201: modelVersionSchema },
  },
  delete: {
    summary: 'Delete a version',
    description:
      'Its number is not given again. Refused while an alias names it or a job that is not over starts from it.',
    params: numbered,
    response: { 204: z.null().describe('It is gone') },
  },
  files: {
    summary: "List a version's files",
    params: versioned,
    response: { 200: pageOf(modelFileSchema) },
  },
  file: {
    summary: "Get a version's file",
    params: versioned.extend({ file: z.string().max(80) }),
    response: { 200: file },
  },
  export: {
    summary: 'Export a version',
    description: 'As a tar file: for tfjs, as a SavedModel of TensorFlow, or its weights by name as safetensors.',
    params: versioned,
    querystring: z.strictObject({ format: z.enum(EXPORT_FORMATS) }),
    response: { 200: tar },
  },
  getAlias: { summary: 'Get an alias', params: aliased, response: { 200: aliasSchema } },
  putAlias: {
    summary: 'Set an alias',
    params: aliased,
    body: z.strictObject({ version: z.number().int().min(1) }),
    response: { 200: aliasSchema },
  },
  deleteAlias: { summary: 'Remove an alias', params: aliased, response: { 204: z.null().describe('It is gone') } },
  predict: {
    summary: 'Predict',
    description:
      "Each instance is a nested array of the features' shape, a flat array of all values, or for a table an object by " +
      'column name; values as in the dataset, not scaled. What one is answered does not depend on the others.',
    params: named,
    querystring: z.strictObject({ version: modelName.default('latest').describe('a number or an alias') }),
    body: unread,
    response: { 200: { description: 'The answers', content: { 'application/json': { schema: predictions } } } },
  },
};

const EVALUATE = {
  summary: 'Evaluate',
  description: 'Answers for every sample of a split, and what that comes to. It takes as long as it takes.',
  params: named,
  querystring: SCHEMAS.predict.querystring,
  body: z.strictObject({ data: splitReferenceSchema }),
  response: {
    200: z.object({
      model: z.object({ name: modelName, version: z.number().int().min(1) }),
      dataset: z.object({ name: z.string(), version: z.number().int().min(1), split: z.string() }),
      metrics: splitMetricsSchema,
    }),
  },
};

export function modelRoutes(api: Api, context: HttpContext): void {
  registryRoutes(api, context);
  fileRoutes(api, context);
  aliasRoutes(api, context);
  predictionRoute(api, context);
  const { models, predictions, datasets } = context;
  const evaluation = { schema: EVALUATE, config: { scope: 'read' } } as const;
  api.post('/models/:name/evaluate', evaluation, async (request, reply) => {
    const asked = new AbortController();
    reply.raw.once('close', () => {
      asked.abort(new LockstepError('CANCELLED', 'whoever asked for the evaluation has gone'));
    });
    const model = await models.get(`${request.params.name}/${request.query.version}`);
    return evaluateModel(model, request.body.data, {
      find: (name, version) => datasets.find(name, version),
      shard: (sha256) => datasets.shard(sha256),
      predict: (evaluated, x) => predictions.predict(evaluated, x),
      signal: asked.signal,
    });
  });
}

interface PredictionRequest {
  readonly Params: z.infer<typeof named>;
  readonly Querystring: z.infer<(typeof SCHEMAS.predict)['querystring']>;
  readonly Body: Buffer;
}

/** Bodies are bytes here: jobs would wait while the event loop reads megabytes, or writes them. */
function predictionRoute(api: Api, { models, predictions }: HttpContext): void {
  const options = {
    schema: SCHEMAS.predict,
    bodyLimit: PREDICT_LIMIT,
    config: { scope: 'read', invalid: 'INVALID_INSTANCES' },
  } as const;
  api.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post<PredictionRequest>('/models/:name/predict', options, async (request, reply) => {
      const model = await models.get(`${request.params.name}/${request.query.version}`);
      const response = await predictions.respond(model, request.body);
      return reply.type('application/json; charset=utf-8').send(response);
    });
    done();
  });
}

function registryRoutes(api: Api, { models, jobs }: HttpContext): void {
  api.get('/models', { schema: SCHEMAS.list }, async (request) =>
    paginate(await models.list(), request.query, ({ name }) => name),
  );
  api.get('/models/:name', { schema: SCHEMAS.summary }, (request) => models.summary(request.params.name));
  api.get('/models/:name/versions', { schema: SCHEMAS.versions }, async (request) =>
    paginate(await models.versions(request.params.name), request.query, ({ version }) =>
      String(version).padStart(12, '0'),
    ),
  );
  api.post(
    '/models/:name/versions',
    { schema: SCHEMAS.import, bodyLimit: IMPORT_LIMIT, config: { invalid: 'INVALID_MODEL' } },
    async (request, reply) => {
      const { name } = request.params;
      const model = await models.import({ ...readModelWeights(request.body), name, createdAt: new Date() });
      return reply.code(201).header('location', `/api/v1/models/${name}/versions/${model.version}`).send(model);
    },
  );
  api.get('/models/:name/versions/:version', { schema: SCHEMAS.get }, (request) =>
    models.get(reference(request.params)),
  );
  api.delete('/models/:name/versions/:version', { schema: SCHEMAS.delete }, async (request, reply) => {
    const { name, version } = request.params;
    const user = jobs.all.find(
      ({ status, record: { spec } }) =>
        !isFinal(status.state) && (startsFrom(spec, name, version) || goesOnWith(spec, name, version)),
    );
    if (user !== undefined) {
      throw new LockstepError('CONFLICT', `job ${user.id} starts from model ${name}/${version}`, {
        hint: 'Wait until the job is over, or cancel it.',
      });
    }
    await models.delete(name, version);
    return reply.code(204).send(null);
  });
}

function fileRoutes(api: Api, { models, predictions }: HttpContext): void {
  api.get('/models/:name/versions/:version/files', { schema: SCHEMAS.files }, async (request) => {
    const { files } = await models.get(reference(request.params));
    return { items: files, nextCursor: null };
  });
  api.get('/models/:name/versions/:version/files/:file', { schema: SCHEMAS.file }, async (request, reply) => {
    const model = await models.get(reference(request.params));
    const bytes = await models.file(model, request.params.file);
    return reply.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
  api.get('/models/:name/versions/:version/export', { schema: SCHEMAS.export }, async (request, reply) => {
    const model: ModelVersion = await models.get(reference(request.params));
    const files = await exportModel(request.query.format, model, models, predictions);
    return reply.type('application/x-tar').send(writeTar(files));
  });
}

function aliasRoutes(api: Api, { models }: HttpContext): void {
  api.get('/models/:name/aliases/:alias', { schema: SCHEMAS.getAlias }, async (request) => {
    const { name, version } = await models.get(`${request.params.name}/${request.params.alias}`);
    return { name, alias: request.params.alias, version };
  });
  api.put('/models/:name/aliases/:alias', { schema: SCHEMAS.putAlias }, async (request) => {
    const { name, alias } = request.params;
    const { version } = request.body;
    await models.setAlias(name, alias, version);
    return { name, alias, version };
  });
  api.delete('/models/:name/aliases/:alias', { schema: SCHEMAS.deleteAlias }, async (request, reply) => {
    await models.removeAlias(request.params.name, request.params.alias);
    return reply.code(204).send(null);
  });
}

function reference({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}/${version}`;
}
