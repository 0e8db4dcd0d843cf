/** The OpenAPI document as a page for people: one self-contained HTML file, without scripts. */
import type { OpenAPIV3_1 } from 'openapi-types';

type Schema = Readonly<Record<string, unknown>>;
type Operation = OpenAPIV3_1.OperationObject;

const METHODS = ['get', 'post', 'put', 'delete'] as const;
/** Of types inside types; deeper ones are named only. */
const MAX_DEPTH = 3;

/** What the page may load: its own styles, nothing else. */
export const DOCS_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

export function docsPage(document: Partial<OpenAPIV3_1.Document>): string {
  const { info, paths = {}, components } = document;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation === undefined ? [] : [{ path, method, operation, tag: operation.tags?.[0] ?? '' }];
    }),
  );
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const entries = operations.filter((one) => one.tag === tag);
    return `<h2 id="${text(tag)}">${text(tag)}</h2>${entries.map(renderOperation).join('')}`;
  });
  const schemas = Object.entries(components?.schemas ?? {}).map(([name, schema]) =>
    renderSchema(name, schema as Schema),
  );
  const links = [...tags, 'schemas'].map((tag) => `<a href="#${text(tag)}">${text(tag)}</a>`).join(' ');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(info?.title ?? '')} API</title><style>${STYLE}</style></head><body>
<h1>${text(info?.title ?? '')} API <small>${text(info?.version ?? '')}</small></h1>
<p>${text(info?.description ?? '')} The same as <a href="openapi.json">OpenAPI 3.1</a>.</p><nav>${links}</nav>
${sections.join('\n')}
<h2 id="schemas">schemas</h2>${schemas.join('\n')}
</body></html>
`;
}

interface Entry {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function renderOperation({ path, method, operation }: Entry): string {
  const { summary = '', description, parameters = [], requestBody, responses = {} } = operation;
  const rows = [
    ...parameters.map((parameter) => {
      const { name, in: place, required, schema, description: what } = parameter as OpenAPIV3_1.ParameterObject;
      return row(`${name}${required === true ? '' : '?'}`, place, typeOf((schema ?? {}) as Schema), what);
    }),
    ...contents(requestBody).map(([type, schema]) => row('body', type, typeOf(schema))),
    ...Object.entries(responses).flatMap(([status, response]) => {
      const { description: what } = response as OpenAPIV3_1.ResponseObject;
      const bodies = contents(response);
      const [type, schema] = bodies[0] ?? ['', undefined];
      return [row(status, type, schema === undefined ? '' : typeOf(schema), what === 'Default Response' ? '' : what)];
    }),
  ];
  return `<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${text(path)}</code> ${text(summary)}</summary>
${description === undefined ? '' : `<p>${text(description)}</p>`}<table>${rows.join('')}</table></details>`;
}

function contents(holder: unknown): readonly (readonly [string, Schema])[] {
  const { content = {} } = (holder ?? {}) as { readonly content?: Readonly<Record<string, { schema?: Schema }>> };
  return Object.entries(content).map(([type, { schema }]) => [type, schema ?? {}] as const);
}

function row(name: string, place: string, type: string, what = ''): string {
  return `<tr><th>${text(name)}</th><td>${text(place)}</td><td><code>${type}</code></td><td>${text(what)}</td></tr>`;
}

function renderSchema(name: string, schema: Schema): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>);
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const rows = properties.map(([key, property]) =>
    row(`${key}${required.has(key) ? '' : '?'}`, '', typeOf(property), textOf(property['description'])),
  );
  const body = rows.length === 0 ? `<p><code>${typeOf(schema)}</code></p>` : `<table>${rows.join('')}</table>`;
  return `<details id="${text(name)}"><summary><code>${text(name)}</code></summary>${body}</details>`;
}

/** As TypeScript would write it, in HTML. */
function typeOf(schema: Schema, depth = 0): string {
  const inner = (one: unknown): string => typeOf(one as Schema, depth + 1);
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  if (name !== undefined) return `<a href="#${text(name)}">${text(name)}</a>`;
  if ('const' in schema) return text(JSON.stringify(schema['const']));
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => text(JSON.stringify(one))).join(' | ');
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return choices.map(inner).join(' | ');
  if (schema['type'] === 'array') return `${inner(schema['items'] ?? {})}[]`;
  if (schema['type'] !== 'object') return `${text(textOf(schema['type']) || 'any')}${bounds(schema)}`;
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, unknown>>);
  if (properties.length === 0 || depth > MAX_DEPTH) return 'object';
  return `{ ${properties.map(([key, property]) => `${text(key)}: ${inner(property)}`).join('; ')} }`;
}

function bounds({ minimum, maximum, maxLength, format }: Schema): string {
  const least = typeof minimum === 'number' && Math.abs(minimum) < Number.MAX_SAFE_INTEGER ? ` ≥ ${minimum}` : '';
  const most = typeof maximum === 'number' && Math.abs(maximum) < Number.MAX_SAFE_INTEGER ? ` ≤ ${maximum}` : '';
  const length = typeof maxLength === 'number' ? `, at most ${maxLength} characters` : '';
  return `${least}${most}${length}${typeof format === 'string' ? ` (${text(format)})` : ''}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
nav a{margin-right:1rem}details{margin:.25rem 0;padding:.25rem .5rem;border-left:3px solid #8886}summary{cursor:pointer}
table{border-collapse:collapse;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.15rem .8rem .15rem 0}
th{font-family:monospace}code{font-size:.9em}b{display:inline-block;min-width:4rem;font:bold .8rem monospace}
.get{color:#2a7}.post{color:#27c}.put{color:#b70}.delete{color:#c33}small{font-weight:normal;opacity:.6}`;
