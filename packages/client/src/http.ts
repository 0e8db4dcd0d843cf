/** One request and its answer, with a deadline around both. */
import { LockstepError } from '@lockstep/core';
import { readBody, send, type Incoming } from './exchange.js';
import type { CompiledClientOptions } from './options.js';
import { errorFromConnection, errorFromAnswer, strangeAnswer, wasDropped } from './problem.js';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/api/v1`, its parts already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as an octet stream. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the client's deadline, for what takes longer by its nature. */
  readonly timeoutMilliseconds?: number;
  /** For bodies of any size: the deadline is one of standing still, and starts anew with all bytes that go or come. */
  readonly transfer?: boolean;
}

/** The header that names a request, so that the service does it once however often it comes. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** Sends the request and throws away what the answer holds. */
export async function requestNothing(options: CompiledClientOptions, request: HttpRequest): Promise<void> {
  await requestBytes(options, request);
}

/** Sends the request and reads the JSON of the answer. */
export async function requestJson(options: CompiledClientOptions, request: HttpRequest): Promise<unknown> {
  const body = await requestBytes(options, request);
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw strangeAnswer(options.url, `${request.method} ${request.path} gave something else than JSON`);
  }
}

/** Sends the request and reads the bytes of the answer. */
export async function requestBytes(
  options: CompiledClientOptions,
  request: HttpRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await attempt(options, request);
  } catch (error) {
    // A kept-alive connection that the coordinator has closed meanwhile: asking again is safe where asking twice is.
    if (!isRepeatable(request) || !wasDropped(error)) throw error;
    return attempt(options, request);
  }
}

/**
 * Sends the request and gives back the answer as soon as its head is there.
 * @param moved called whenever bytes have gone or come
 * @throws LockstepError with the problem's code, UNREACHABLE, or the reason of `signal`.
 */
export async function openAnswer(
  options: CompiledClientOptions,
  request: HttpRequest,
  signal: AbortSignal,
  moved: () => void = () => undefined,
): Promise<Incoming> {
  const { method, path } = request;
  const content = contentOf(request);
  const headers = { ...options.headers, ...request.headers, ...content.headers };
  return guarded(options, signal, async () => {
    const answer = await send({ ...content, method, url: `${options.url}/api/v1${path}`, headers, signal, moved });
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.location !== undefined) throw strangeAnswer(options.url, `it sends on to ${answer.location}`);
    const body = new TextDecoder().decode(await readBody(answer.body));
    throw errorFromAnswer(answer.status, body, `${method} ${path}`);
  });
}

/** Runs `action` and names what it throws: the signal's reason if that has ended it, else the connection's failure. */
export async function guarded<T>(
  options: CompiledClientOptions,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    signal.throwIfAborted();
    throw errorFromConnection(error, options.url);
  }
}

/** A POST counts once only where its key tells the service that it is the same one. */
function isRepeatable({ method, headers }: HttpRequest): boolean {
  return method !== 'POST' || headers?.[IDEMPOTENCY_KEY] !== undefined;
}

async function attempt(options: CompiledClientOptions, request: HttpRequest): Promise<Uint8Array<ArrayBuffer>> {
  const { method, path, transfer = false, timeoutMilliseconds = options.timeoutMilliseconds } = request;
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    const seconds = timeoutMilliseconds / 1000;
    const what = transfer
      ? `${method} ${path}: nothing went to or came from ${options.url} for ${seconds} s`
      : `${method} ${path} was not answered by ${options.url} within ${seconds} s`;
    deadline.abort(new LockstepError('TIMEOUT', what, { hint: 'look into the log of the coordinator' }));
  }, timeoutMilliseconds);
  const moved = (): void => {
    if (transfer) timer.refresh();
  };
  const signal = eitherSignal(deadline.signal, options.signal);
  try {
    const answer = await openAnswer(options, request, signal, moved);
    return await guarded(options, signal, async () => {
      const body = await readBody(answer.body);
      // A connection that was ended on purpose does not always say so to who reads from it.
      signal.throwIfAborted();
      return body;
    });
  } finally {
    clearTimeout(timer);
  }
}

/** A signal that is aborted with whichever of the two comes first. */
export function eitherSignal(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? signal : AbortSignal.any([signal, other]);
}

interface Content {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

function contentOf(request: HttpRequest): Content {
  if (request.bytes !== undefined) {
    return { headers: { 'content-type': 'application/octet-stream' }, body: request.bytes };
  }
  if (request.json === undefined) return { headers: {} };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(request.json) };
}
