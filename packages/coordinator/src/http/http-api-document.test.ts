/** docs/http-api.md has exactly the routes that there are, with the scopes that they ask for. */
import { readFileSync } from 'node:fs';
import type { RouteOptions } from 'fastify';
import { expect, it } from 'vitest';
import type { RouteScope } from '../auth/gate.js';
import { defaultScope } from './admission.js';
import { startTestService } from './testing/test-service.js';

it('docs/http-api.md has exactly the routes that there are, each with its scope', async () => {
  const text = readFileSync(new URL('../../../../docs/http-api.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z]+ \/[^`]*)` +\| (\w+) +\|/gm)];
  const documented = rows.map(([, route = '', scope = '']) => `${route} ${scope}`);
  const service = await startTestService();
  await service.server.ready();
  const routes = service.routes.flatMap(lines);
  await service.close();
  expect(documented.sort()).toEqual(routes.sort());
});

/** HEAD comes by itself with GET. */
function lines({ method, url, config }: RouteOptions): string[] {
  const { scope } = (config ?? {}) as { scope?: RouteScope };
  return [method]
    .flat()
    .filter((name) => name !== 'HEAD')
    .map((name) => `${name} ${url.replace(/^\/api\/v1/, '')} ${scope ?? defaultScope(name)}`);
}
