/**
 * One request and the head of its answer, over Node's own HTTP client. Not over `fetch`, which gives up after five minutes
 * without an answer whatever the caller wants, and which does not say how far an upload is.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';

export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Ends the exchange; also the reading of the answer. */
  readonly signal: AbortSignal;
  /** Called whenever bytes of a body have gone or come. */
  readonly moved: () => void;
}

export interface Incoming {
  readonly status: number;
  /** Where a redirection leads. */
  readonly location: string | undefined;
  /** To be read once. Throws when the connection breaks before its end. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** So much is handed to the connection at a time. */
const PIECE_BYTES = 256 * 1024;

/** Rejects with the error of the connection, or with any once `signal` is aborted. There is no deadline in here. */
export async function send({ method, url, headers, body, signal, moved }: Outgoing): Promise<Incoming> {
  signal.throwIfAborted();
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = bytes === undefined ? {} : { 'content-length': String(bytes.length) };
  const open = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = open(url, { method, headers: { ...headers, ...length } });
    // Not by the option `signal`: around the end of an answer that makes Node throw where nobody can catch it.
    const end = (): void => void request.destroy();
    signal.addEventListener('abort', end);
    request.once('close', () => {
      signal.removeEventListener('abort', end);
    });
    request.on('error', reject);
    request.once('response', (message) => {
      // Who reads the body is told of it there; who has stopped reading has no use for it.
      message.on('error', () => undefined);
      const { statusCode: status = 0, headers: answered } = message;
      resolve({ status, location: answered.location, body: received(message, moved) });
    });
    if (bytes === undefined) request.end();
    // One piece is asked for when the one before has gone.
    else Readable.from(pieces(bytes, moved), { highWaterMark: 1 }).pipe(request);
  });
}

function* pieces(bytes: Uint8Array, moved: () => void): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    moved();
    yield bytes.subarray(start, start + PIECE_BYTES);
  }
}

async function* received(message: AsyncIterable<Uint8Array>, moved: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of message) {
    moved();
    yield chunk;
  }
}

/** All of a body, in memory of its own. */
export async function readBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
