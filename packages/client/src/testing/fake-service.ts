/** A scripted HTTP service on a free loopback port, and a job's status as the coordinator would send it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobState, JobStatus } from '@lockstep/core';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface FakeService {
  readonly url: string;
  /** Every request so far, in order. */
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

export type Answer = (request: SeenRequest, response: ServerResponse, index: number) => unknown;

export async function startFakeService(answer: Answer): Promise<FakeService> {
  const seen: SeenRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const request = {
        method: message.method ?? '',
        path: message.url ?? '',
        headers: message.headers,
        body: Buffer.concat(chunks),
      };
      seen.push(request);
      answer(request, response, seen.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close: () => close(server) };
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value));
}

/** Writes server-sent events and leaves the connection open. */
export function sendEvents(
  response: ServerResponse,
  events: readonly (readonly [id: number, event: { type: string }])[],
): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  for (const [id, event] of events) {
    response.write(`event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}

export function jobStatus(state: JobState, changes: Partial<JobStatus> = {}): JobStatus {
  return {
    id: 'job-1',
    name: 'mnist-cnn',
    owner: 'local',
    state,
    reason: '',
    priority: 0,
    term: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    progress: {
      step: 0,
      steps: 10,
      epoch: 1,
      epochs: 2,
      loss: null,
      accuracy: null,
      validationAccuracy: null,
      learningRate: null,
      gradientNorm: null,
      samplesPerSecond: 0,
      etaSeconds: null,
    },
    queuePosition: null,
    history: [],
    workers: 2,
    dataset: null,
    checkpoint: null,
    bestEpoch: null,
    model: null,
    parameters: 100,
    weightsSha256: null,
    steps: 10,
    epochs: 2,
    seconds: 0,
    samplesPerSecond: 0,
    train: null,
    validation: null,
    test: null,
    classNames: [],
    reissuedSlices: 0,
    rejectedParts: {},
    failure: null,
    ...changes,
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
