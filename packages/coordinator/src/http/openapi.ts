/** The OpenAPI 3.1 document, made from the routes' own schemas. */
import swagger from '@fastify/swagger';
import { problemSchema, VERSION } from '@lockstep/core';
import type { FastifyInstance, RouteOptions } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';

export const API_PREFIX = '/api/v1';

const PROBLEM = { description: 'What was wrong', content: { 'application/problem+json': { schema: problemSchema } } };

/** `readOnly` in JSON Schema speaks of who may change a value; in our schemas it is only about the types. */
const zodToJsonConfig = {
  override: ({ jsonSchema }: { jsonSchema: { readOnly?: boolean } }): void => {
    delete jsonSchema.readOnly;
  },
};

/** To be called before routes are added: checks requests by their zod schemas, and collects the routes. */
export function describeApi(server: FastifyInstance): void {
  server.setValidatorCompiler(validatorCompiler);
  // What goes out is held to its schema by its type, and by tests: not at the cost of every answer.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  const transformObject = createJsonSchemaTransformObject({ zodToJsonConfig });
  server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lockstep',
        version: VERSION,
        description: 'Training jobs, datasets, models and workers. Errors are problem details of RFC 9457.',
      },
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig }),
    transformObject: (document) => withoutUnused(transformObject(document) as Partial<OpenAPIV3_1.Document>),
  });
  server.addHook('onRoute', completeRoute);
}

/** Adds what all routes of the API have in common, so that none has to say it. */
function completeRoute(route: RouteOptions): void {
  const { schema, url } = route;
  if (!url.startsWith(`${API_PREFIX}/`) || schema === undefined || schema.hide === true) return;
  schema.tags ??= [url.slice(API_PREFIX.length + 1).split('/')[0] ?? ''];
  const response = (schema.response ?? {}) as Record<string, unknown>;
  schema.response = { ...response, '4xx': PROBLEM, '5xx': PROBLEM };
}

/** Each named schema comes twice, for what goes in and for what comes out; most are used in one way only. */
function withoutUnused(document: Partial<OpenAPIV3_1.Document>): Partial<OpenAPIV3_1.Document> {
  const { components, ...rest } = document;
  let schemas = components?.schemas ?? {};
  for (;;) {
    const text = JSON.stringify([rest, schemas]);
    const used = Object.entries(schemas).filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
    if (used.length === Object.keys(schemas).length) return { ...rest, components: { ...components, schemas } };
    schemas = Object.fromEntries(used);
  }
}
