/** What a worker is watched by, over HTTP: /metrics for Prometheus, /livez and /readyz for whoever runs it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LockstepError } from '@lockstep/core';
import type { Registry } from 'prom-client';

export interface MonitoringSources {
  readonly registry: Registry;
  /** Why the worker cannot do its part now; undefined when it can. */
  readonly unready: () => Promise<string | undefined>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** For a request to arrive, and for a connection on which nothing moves. */
const PATIENCE_MILLISECONDS = 5000;
/** Prometheus needs one, a health check another. */
const MAX_CONNECTIONS = 64;

export class MonitoringServer {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @throws LockstepError PORT_IN_USE, INVALID_OPTION for an address that cannot be listened on */
  static async open(sources: MonitoringSources, host: string, port: number): Promise<MonitoringServer> {
    const timeouts = { headersTimeout: PATIENCE_MILLISECONDS, requestTimeout: PATIENCE_MILLISECONDS };
    const server = createServer(timeouts, (request, response) => {
      void respond(sources, request, response);
    });
    server.setTimeout(PATIENCE_MILLISECONDS);
    server.maxConnections = MAX_CONNECTIONS;
    await listen(server, host, port);
    const { address, family, port: taken } = server.address() as AddressInfo;
    return new MonitoringServer(server, `http://${family === 'IPv6' ? `[${address}]` : address}:${String(taken)}`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }
}

/** Never rejects: what goes wrong in a scrape is the scrape's failure and not the worker's. */
async function respond(sources: MonitoringSources, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, type, body } = await answer(sources, request).catch((error: unknown) =>
    said(500, error instanceof Error ? error.message : String(error)),
  );
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answer(
  { registry, unready }: MonitoringSources,
  { method, url = '' }: IncomingMessage,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return said(405, 'only GET is answered');
  switch (url.split('?')[0]) {
    case '/metrics':
      return { status: 200, type: registry.contentType, body: await registry.metrics() };
    case '/livez':
      return said(200, 'live');
    case '/readyz': {
      const reason = await unready();
      return reason === undefined ? said(200, 'ready') : said(503, reason);
    }
    default:
      return said(404, 'there are /metrics, /livez and /readyz');
  }
}

/** As the coordinator says it. */
function said(status: number, sentence: string): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify({ status: sentence }) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(listenError(error, host, port));
    });
    server.listen({ host, port }, resolve);
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): LockstepError {
  if (cause.code === 'EADDRINUSE') {
    return new LockstepError('PORT_IN_USE', `port ${String(port)} on ${host} is taken`, {
      cause,
      hint: 'Stop what uses it, or choose another with --metrics-port; --metrics-port 0 takes a free one.',
    });
  }
  return new LockstepError('INVALID_OPTION', `metrics cannot be served on ${host}:${String(port)}: ${cause.message}`, {
    cause,
    hint: 'Give an address of this machine with --metrics-host, and a port that may be opened with --metrics-port.',
  });
}
