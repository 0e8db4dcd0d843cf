import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService, type TestService } from './testing/test-service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.close();
});

it('shows every route of the API to people, and loads nothing from anywhere', async () => {
  const { statusCode, headers, body } = await service.server.inject('/api/v1/docs');
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  const document = (await service.server.inject('/api/v1/openapi.json')).json<{ paths: object }>();
  for (const path of Object.keys(document.paths)) expect(body).toContain(`<code>${path}</code>`);
  expect(body).not.toMatch(/<script|https?:\/\/|undefined|\[object/);
  for (const [, anchor = ''] of body.matchAll(/href="#([^"]+)"/g)) expect(body).toContain(`id="${anchor}"`);
});
