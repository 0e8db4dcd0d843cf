/** A service that answers requests of the command from a table, over a real connection. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  /** `POST /jobs/j-1/retry`, without the prefix and the query. */
  readonly call: string;
  readonly body: string;
  readonly token: string | undefined;
}

export interface FakeService {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** A value is sent as JSON with status 200; a function sends what it likes. */
export type Answers = Readonly<Record<string, unknown>>;

export async function startFakeService(answers: Answers): Promise<FakeService> {
  const seen: SeenRequest[] = [];
  const server = createServer((message, response) => {
    let body = '';
    message.on('data', (chunk: Buffer) => (body += chunk.toString()));
    message.on('end', () => {
      const call = `${message.method ?? ''} ${(message.url ?? '').replace('/api/v1', '').replace(/\?.*/, '')}`;
      seen.push({ call, body, token: message.headers.authorization });
      answer(response, answers[call]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, value: unknown): void {
  if (typeof value === 'function') (value as (response: ServerResponse) => void)(response);
  else if (value === undefined) sendProblem(response, 404, 'NOT_FOUND', 'there is no such thing');
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function sendProblem(response: ServerResponse, status: number, code: string, detail: string): void {
  const problem = { type: 'about:blank', title: code, status, detail, code };
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
}

/** Events of a job's stream, which ends behind them. */
export function eventStream(...events: readonly { readonly type: string }[]): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [index, event] of events.entries())
      response.write(`id: ${index + 1}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  };
}
