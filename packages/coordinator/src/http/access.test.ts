/** Who may do what: every route is asked without a token, with too small a one, and with the right one. */
import { SCOPES, type Scope } from '@lockstep/core';
import type { InjectOptions, RouteOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RouteScope } from '../auth/gate.js';
import { defaultScope } from './admission.js';
import { startTestService, toyJob, type TestService } from './testing/test-service.js';

let service: TestService;
const tokens = new Map<Scope, string>();
beforeEach(async () => {
  service = await startTestService();
  for (const scope of SCOPES) tokens.set(scope, await service.addToken(scope, scope));
});
afterEach(async () => {
  await service.close();
});

async function statusOf(request: InjectOptions, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { statusCode } = await service.server.inject({ ...request, headers: { ...headers, ...request.headers } });
  return statusCode;
}

/** What everyone may see; anything else that asks for no token is a mistake. */
const PUBLIC = ['/livez', '/readyz', '/api/v1/version', '/api/v1/openapi.json', '/api/v1/docs'];

describe('every route', () => {
  it('asks for a token, and one whose scope is large enough', async () => {
    const seen: string[] = [];
    for (const { method, url, scope } of await routes()) {
      const request = { method, url: url.replaceAll(/:\w+/g, 'x') } as InjectOptions;
      const what = `${String(method)} ${url}`;
      seen.push(what);
      if (scope === 'none') {
        expect(PUBLIC).toContain(url);
        expect([what, await statusOf(request)]).not.toEqual([what, 401]);
        continue;
      }
      expect([what, await statusOf(request)]).toEqual([what, 401]);
      expect([what, await statusOf(request, 'lockstep_wrong')]).toEqual([what, 401]);
      const needed = SCOPES.indexOf(scope);
      for (const [index, held] of SCOPES.entries()) {
        const status = await statusOf(request, tokens.get(held));
        if (index < needed) expect([what, held, status]).toEqual([what, held, 403]);
        else expect([what, held, [401, 403].includes(status)]).toEqual([what, held, false]);
      }
    }
    for (const what of ['POST /api/v1/jobs', 'GET /api/v1/jobs/:id/events', 'POST /api/v1/workers/:id/drain']) {
      expect(seen).toContain(what);
    }
  });

  async function routes(): Promise<{ method: unknown; url: string; scope: RouteScope }[]> {
    await service.server.ready();
    return service.routes.flatMap(({ method, url, config }: RouteOptions) =>
      [method].flat().map((name) => ({
        method: name,
        url,
        scope: (config as { scope?: RouteScope } | undefined)?.scope ?? defaultScope(name),
      })),
    );
  }
});

describe("another owner's job", () => {
  it('is not found, and not listed, except by an admin', async () => {
    const other = await service.addToken('other', 'submit');
    const mine = tokens.get('submit') ?? '';
    const headers = { authorization: `Bearer ${mine}` };
    const submitted = await service.server.inject({ method: 'POST', url: '/api/v1/jobs', headers, payload: toyJob });
    const path = `/api/v1/jobs/${submitted.json<{ id: string }>().id}`;
    const requests: InjectOptions[] = [
      ...['', '/metrics', '/checkpoints', '/logs', '/events'].map((part) => ({ url: `${path}${part}` })),
      ...['pause', 'resume', 'cancel', 'retry'].map((action) => ({
        method: 'POST' as const,
        url: `${path}/${action}`,
      })),
      { method: 'DELETE', url: path },
    ];
    for (const request of requests) {
      expect([request.url, await statusOf(request, other)]).toEqual([request.url, 404]);
    }
    const listed = async (token: string): Promise<number> => {
      const { body } = await service.server.inject({
        url: '/api/v1/jobs',
        headers: { authorization: `Bearer ${token}` },
      });
      return (JSON.parse(body) as { items: unknown[] }).items.length;
    };
    expect([await listed(mine), await listed(other), await listed(tokens.get('admin') ?? '')]).toEqual([1, 0, 1]);
    expect(await statusOf({ url: path }, tokens.get('admin'))).toBe(200);
    expect(await statusOf({ url: path }, mine)).toBe(200);
  });
});

describe('who asks too often', () => {
  it('is told when to come back', async () => {
    await service.close();
    service = await startTestService({ requests: { perSecond: 0.1, burst: 1 } });
    expect(await statusOf({ url: '/livez' })).toBe(200);
    const { statusCode, headers, body } = await service.server.inject({ url: '/livez' });
    expect([statusCode, headers['retry-after']]).toEqual([429, '10']);
    expect(JSON.parse(body)).toMatchObject({ code: 'RATE_LIMITED' });
  });
});
