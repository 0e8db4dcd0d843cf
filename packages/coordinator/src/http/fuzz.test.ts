/** Ten thousand requests made up from the OpenAPI document: no answer is a 500, and each is as the document says. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { almost, requestsOf, type MadeUpRequest, type OpenApi } from './testing/made-up-requests.js';
import { startTestService, toyJob, type TestService } from './testing/test-service.js';

const REQUESTS = 10_000;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await service.addWorker('w1');
});
afterAll(async () => {
  await service.close();
});

async function submit(): Promise<string> {
  return (await service.jobs.submit(toyJob)).id;
}

it('answers ten thousand made-up requests, none with a 500', { timeout: 600_000 }, async () => {
  const document = (await service.server.inject('/api/v1/openapi.json')).json<OpenApi>();
  const over = await submit();
  await service.jobs.cancel(over);
  const known = {
    id: [over, await submit(), await submit(), 'w1'],
    name: ['toy', 'mnist'],
    version: ['1', 'latest'],
    'idempotency-key': ['a', 'b'],
  };
  const job = almost(toyJob);
  const retried = fc.oneof(job, fc.constant(toyJob));
  const bodies = { 'POST /api/v1/jobs': retried, 'POST /api/v1/jobs/{id}/retry': retried };
  // A job that is not over is followed without end.
  const endless = ({ url }: MadeUpRequest): boolean => url.includes('/events') && !url.includes(over);
  const request = requestsOf(document, known, bodies).filter((one) => !endless(one));
  await fc.assert(
    fc.asyncProperty(request, async ({ operation, ...made }) => {
      const { statusCode, headers, body } = await service.server.inject(made);
      expect([operation, statusCode < 500]).toEqual([operation, true]);
      if (statusCode < 400) return;
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(JSON.parse(body)).toMatchObject({
        status: statusCode,
        code: expect.stringMatching(/^[A-Z_]+$/) as string,
      });
    }),
    { numRuns: REQUESTS },
  );
  expect(service.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  expect((await service.server.inject('/api/v1/jobs')).statusCode).toBe(200);
});
