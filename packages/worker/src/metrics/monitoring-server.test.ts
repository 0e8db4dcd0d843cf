import { connect } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MonitoringServer } from './monitoring-server.js';

const HOST = '127.0.0.1';

let registry: Registry;
let reason: string | undefined;
let server: MonitoringServer;
beforeEach(async () => {
  registry = new Registry();
  reason = 'no coordinator has admitted it yet';
  server = await MonitoringServer.open({ registry, unready: () => Promise.resolve(reason) }, HOST, 0);
});
afterEach(() => server.close());

const get = (path: string, method = 'GET'): Promise<Response> => fetch(`${server.url}${path}`, { method });

describe("the worker's end points", () => {
  it('give what the registry has as Prometheus reads it', async () => {
    new Counter({ registers: [registry], name: 'things_total', help: 'Things' }).inc(3);
    const response = await get('/metrics?name=ignored');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('\nthings_total 3\n');
  });

  it('are live at once, and ready when nothing is in the way', async () => {
    expect((await get('/livez')).status).toBe(200);
    const before = await get('/readyz');
    expect([before.status, await before.json()]).toEqual([503, { status: 'no coordinator has admitted it yet' }]);
    reason = undefined;
    const after = await get('/readyz');
    expect([after.status, await after.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('answer what is not there, what is not asked for and what fails, and go on', async () => {
    expect((await get('/etc/passwd')).status).toBe(404);
    expect((await get('/metrics', 'POST')).status).toBe(405);
    const failing = { name: 'things', help: 'Things', collect: () => Promise.reject(new Error('cannot be counted')) };
    registry.registerMetric(new Counter({ registers: [], ...failing }));
    const failed = await get('/metrics');
    expect([failed.status, await failed.json()]).toEqual([500, { status: 'cannot be counted' }]);
    const head = await get('/livez', 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('are refused a port that is taken, with what to do', async () => {
    const port = Number(new URL(server.url).port);
    const sources = { registry, unready: () => Promise.resolve(undefined) };
    await expect(MonitoringServer.open(sources, HOST, port)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      hint: expect.stringContaining('--metrics-port') as string,
    });
    await expect(MonitoringServer.open(sources, '192.0.2.1', 0)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('close although somebody holds a connection open and says nothing', async () => {
    const other = await MonitoringServer.open({ registry, unready: () => Promise.resolve(undefined) }, HOST, 0);
    const idle = connect(Number(new URL(other.url).port), HOST);
    idle.on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    await (await fetch(`${other.url}/livez`)).text();
    const closed = new Promise((resolve) => idle.once('close', resolve));
    await Promise.all([other.close(), closed]);
    await expect(fetch(`${other.url}/livez`)).rejects.toThrow();
  });
});
