/** Requests made up from an OpenAPI document: right ones, almost right ones, and hostile ones. */
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';

export type JsonSchema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: JsonSchema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
}

type Texts = Readonly<Record<string, string | undefined>>;

export interface MadeUpRequest extends InjectOptions {
  /** Of the document, such as `POST /api/v1/jobs`. */
  readonly operation: string;
  readonly url: string;
}

const HOSTILE_TEXTS = [
  ...['', ' ', '.', '..', '../..', '..%2f..%2fetc', '/', '\\', '\0', '\ud800', '__proto__', 'constructor', 'toString'],
  ...[
    'null',
    'undefined',
    'NaN',
    '1e999',
    '-0',
    '9007199254740993',
    '%',
    '%00',
    'x'.repeat(300),
    'ä'.repeat(90),
    '<b>',
  ],
  ...['http://127.0.0.1:1/', "' or 1=1", '${x}', '{{x}}', '\u202e', '💥'],
];
const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary' }));
const HOSTILE_VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e300, -1e300, 5e-324, Number.MAX_SAFE_INTEGER, 1e12, 2 ** 31, 2 ** 53, '', [], {}],
  ...[[[]], [null], { constructor: 1 }, { toString: null }, { length: 1e9 }, Array.from({ length: 500 }, () => 0)],
];
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...HOSTILE_VALUES),
  hostileText,
  fc.jsonValue({ maxDepth: 4 }),
);

/** @param known values that name something, by the names of parameters; @param bodies right bodies by operation */
export function requestsOf(
  document: OpenApi,
  known: Readonly<Record<string, readonly string[]>>,
  bodies: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<MadeUpRequest> {
  const requests = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestOf(document, path, method.toUpperCase(), operation, known, bodies),
    ),
  );
  return fc.oneof(...requests);
}

function requestOf(
  document: OpenApi,
  path: string,
  method: string,
  { parameters = [], requestBody }: Operation,
  known: Readonly<Record<string, readonly string[]>>,
  bodies: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<MadeUpRequest> {
  const operation = `${method} ${path}`;
  const valuesIn = (place: string): fc.Arbitrary<Texts> => {
    const wanted = parameters.filter((parameter) => parameter.in === place);
    const entries = wanted.map(({ name, schema }) => [name, parameterOf(document, name, schema, known)] as const);
    return fc.record(Object.fromEntries(entries), place === 'path' ? {} : { requiredKeys: [] });
  };
  const extra = fc.option(fc.tuple(fc.string(), hostileText), { freq: 8, nil: undefined });
  return fc
    .tuple(
      valuesIn('path'),
      valuesIn('query'),
      valuesIn('header'),
      extra,
      bodyOf(document, requestBody, bodies[operation]),
    )
    .map(([inPath, query, headers, more, body]) => ({
      operation,
      method: method as 'GET',
      url: addressOf(path, inPath, more === undefined ? query : { ...query, [more[0]]: more[1] }),
      headers: { ...headersOf(headers), ...(body.type === undefined ? {} : { 'content-type': body.type }) },
      ...(body.payload === undefined ? {} : { payload: body.payload }),
    }));
}

function parameterOf(
  document: OpenApi,
  name: string,
  schema: JsonSchema,
  known: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<string> {
  const right = valueOf(document, schema).map((value) => String(value));
  const existing = known[name];
  return fc.oneof(
    { weight: 2, arbitrary: right },
    { weight: 1, arbitrary: hostileText },
    ...(existing === undefined ? [] : [{ weight: 3, arbitrary: fc.constantFrom(...existing) }]),
  );
}

interface Body {
  readonly type: string | undefined;
  readonly payload: string | Buffer | undefined;
}

function bodyOf(
  document: OpenApi,
  requestBody: Operation['requestBody'],
  right: fc.Arbitrary<unknown> = fc.constant({}),
): fc.Arbitrary<Body> {
  const nothing: fc.Arbitrary<Body> = fc.constant({ type: undefined, payload: undefined });
  if (requestBody === undefined) return nothing;
  const described = Object.entries(requestBody.content).map(([type, { schema }]) =>
    type === 'application/json'
      ? valueOf(document, schema).map((value): Body => ({ type, payload: JSON.stringify(value) }))
      : fc.uint8Array({ maxLength: 200 }).map((bytes): Body => ({ type, payload: Buffer.from(bytes) })),
  );
  const json = (value: unknown): Body => ({ type: 'application/json', payload: JSON.stringify(value) ?? '' });
  const types = fc.constantFrom(
    'application/json',
    'application/octet-stream',
    'text/plain',
    'application/xml',
    'x',
    '',
  );
  return fc.oneof(
    ...described,
    { weight: 4, arbitrary: right.map(json) },
    hostileValue.map(json),
    fc.record({ type: types, payload: hostileText }),
    fc
      .constantFrom('{"a":1e999}', '{"__proto__":{}}', '{"a":{"constructor":{"prototype":1}}}', '['.repeat(1e5), '{')
      .map((payload): Body => ({ type: 'application/json', payload })),
    nothing,
  );
}

/** Values that a schema allows, mostly; it need not be understood to the last word. */
function valueOf(document: OpenApi, schema: JsonSchema, depth = 0): fc.Arbitrary<unknown> {
  const inner = (one: unknown): fc.Arbitrary<unknown> => valueOf(document, one as JsonSchema, depth + 1);
  if (depth > 6) return fc.constant(null);
  if (typeof schema['$ref'] === 'string') {
    const found = document.components?.schemas?.[schema['$ref'].split('/').at(-1) ?? ''];
    return inner(found ?? {});
  }
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return fc.oneof(...choices.map(inner));
  switch (schema['type']) {
    case 'string':
      return fc.oneof(fc.string(), hostileText, fc.stringMatching(/^[a-z0-9]{1,12}$/));
    case 'integer':
      return fc.oneof(fc.integer({ min: -1, max: 600 }), fc.maxSafeInteger());
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(inner(schema['items'] ?? {}), { maxLength: 3 });
    case 'object': {
      const properties = Object.entries((schema['properties'] ?? {}) as Record<string, unknown>);
      return fc.record(Object.fromEntries(properties.map(([name, one]) => [name, inner(one)])), { requiredKeys: [] });
    }
    default:
      return hostileValue;
  }
}

/** Replaces, adds or removes something somewhere in a value. */
export function almost(value: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(value);
  const change = fc.tuple(fc.constantFrom(...places), fc.option(hostileValue, { nil: undefined, freq: 6 }));
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    let result: unknown = structuredClone(value);
    for (const [place, by] of changes) result = replaced(result, place, by);
    return result;
  });
}

function placesIn(value: unknown, place: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  const inside = Object.entries(value).flatMap(([key, one]) => placesIn(one, [...place, key]));
  return [place, [...place, 'extra'], ...inside];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

function addressOf(path: string, inPath: Texts, query: Texts): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(inPath[name] ?? ''));
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value ?? '')}`);
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
}

/** As it is if it could stand in an address, or else escaped; half characters cannot be. */
function encode(text: string): string {
  return /^[\w.%~-]+$/.test(text) ? text : encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, ''));
}

/** What Node would send: it refuses to write other headers. */
function headersOf(headers: Texts): Record<string, string> {
  const sendable = Object.entries(headers).map(([name, value = '']) => [name, value] as const);
  return Object.fromEntries(sendable.filter(([, value]) => /^[\x20-\x7e]*$/.test(value)));
}
