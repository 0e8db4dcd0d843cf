/** How long requests may take. Time is made up; connections are real. */
import { globalAgent, type ServerResponse } from 'node:http';
import { LockstepError } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from './client.js';
import { readBody, send } from './exchange.js';
import { sendJson, startFakeService, type FakeService } from './testing/fake-service.js';

const MINUTE = 60_000;
const PIECE = Buffer.alloc(1000, 7);

let service: FakeService;
/** The last request's answer, which the test gives. */
let response: ServerResponse | undefined;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  response = undefined;
  service = await startFakeService((_, open) => {
    response = open;
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await service.close();
});

/** Lets connections do what they have to until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition() && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
  // What was received is also read by then.
  await new Promise((resolve) => setImmediate(resolve));
}

/** By the client, over the connections that are in use. */
function bytesReceived(): number {
  return Object.values(globalAgent.sockets)
    .flatMap((sockets) => sockets ?? [])
    .reduce((sum, socket) => sum + socket.bytesRead, 0);
}

async function asked(): Promise<ServerResponse> {
  await until(() => response !== undefined);
  return response as ServerResponse;
}

/** What it came to, once it has. */
function watch(promise: Promise<unknown>): { readonly outcome: () => unknown } {
  let outcome: unknown;
  promise.then(
    (value) => (outcome = value),
    (error: unknown) => (outcome = error),
  );
  return { outcome: () => outcome };
}

describe('a request', () => {
  it('for an evaluation waits half an hour for the head of its answer, and no longer', async () => {
    const { models } = createClient({ url: service.url });
    const evaluation = watch(models.evaluate('m', 'toy/test'));
    const answer = await asked();
    for (let minute = 0; minute < 29; minute += 1) {
      vi.advanceTimersByTime(MINUTE);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(evaluation.outcome()).toBeUndefined();
    sendJson(answer, 200, { metrics: { samples: 1 } });
    await until(() => evaluation.outcome() !== undefined);
    expect(evaluation.outcome()).toEqual({ metrics: { samples: 1 } });

    response = undefined;
    const stuck = watch(models.evaluate('m', 'toy/test'));
    await asked();
    vi.advanceTimersByTime(31 * MINUTE);
    await until(() => stuck.outcome() instanceof LockstepError);
    expect(stuck.outcome()).toMatchObject({ code: 'TIMEOUT' });
  });

  it('for a file goes on for as long as bytes come, and ends when none do', async () => {
    const { models } = createClient({ url: service.url });
    const file = watch(models.downloadFile('m', 1, 'weights.bin'));
    const answer = await asked();
    answer.writeHead(200);
    for (let piece = 0; piece < 5; piece += 1) {
      const before = bytesReceived();
      answer.write(PIECE);
      await until(() => bytesReceived() >= before + PIECE.length);
      vi.advanceTimersByTime(20_000);
    }
    expect(file.outcome()).toBeUndefined();
    vi.advanceTimersByTime(20_000);
    await until(() => file.outcome() instanceof LockstepError);
    expect(file.outcome()).toMatchObject({ code: 'TIMEOUT' });
  });

  it('for an upload goes on for as long as the service takes bytes', async () => {
    const moved: number[] = [];
    const body = new Uint8Array(3_000_000).fill(9);
    const { signal } = new AbortController();
    const sent = send({
      ...{ method: 'PUT', url: service.url, headers: {}, body, signal },
      moved: () => void moved.push(moved.length),
    });
    (await asked()).writeHead(200, { 'content-length': '3' }).end('abc');
    expect(Buffer.from(await readBody((await sent).body)).toString()).toBe('abc');
    expect(service.seen[0]?.body.equals(body)).toBe(true);
    expect(moved.length).toBeGreaterThan(10);
  });

  it('is not sent on to another address', async () => {
    const version = watch(createClient({ url: service.url }).version());
    (await asked()).writeHead(301, { location: 'https://elsewhere.example' }).end();
    await until(() => version.outcome() instanceof LockstepError);
    expect(version.outcome()).toMatchObject({ code: 'UNREACHABLE' });
    expect(String(version.outcome())).toContain('https://elsewhere.example');
  });
});
