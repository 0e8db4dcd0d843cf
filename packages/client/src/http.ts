/** One request and its answer, over Node's own fetch, with a deadline around both. */
import { LockstepError } from '@lockstep/core';
import type { CompiledClientOptions } from './options.js';
import { errorFromConnection, errorFromResponse, strangeAnswer, wasDropped } from './problem.js';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/api/v1`, its parts already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as an octet stream. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The header that names a request, so that the service does it once however often it comes. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** Sends the request and throws away what the answer holds. */
export async function requestNothing(options: CompiledClientOptions, request: HttpRequest): Promise<void> {
  await exchange(options, request, (response) => response.arrayBuffer());
}

/** Sends the request and reads the JSON of the answer. */
export async function requestJson(options: CompiledClientOptions, request: HttpRequest): Promise<unknown> {
  const body = await exchange(options, request, (response) => response.text());
  try {
    return JSON.parse(body);
  } catch {
    throw strangeAnswer(options.url, `${request.method} ${request.path} gave something else than JSON`);
  }
}

/** Sends the request and reads the bytes of the answer. */
export async function requestBytes(
  options: CompiledClientOptions,
  request: HttpRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await exchange(options, request, (response) => response.arrayBuffer()));
}

/**
 * Sends the request and gives back the answer as soon as its head is there.
 * @throws LockstepError with the problem's code, UNREACHABLE, or the reason of `signal`.
 */
export async function openResponse(
  options: CompiledClientOptions,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Response> {
  const content = contentOf(request);
  const headers = { ...options.headers, ...request.headers, ...content.headers };
  return guarded(options, signal, async () => {
    const response = await fetch(`${options.url}/api/v1${request.path}`, {
      method: request.method,
      headers,
      signal,
      ...(content.body === undefined ? {} : { body: content.body }),
    });
    if (response.ok) return response;
    throw await errorFromResponse(response, `${request.method} ${request.path}`);
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

async function exchange<T>(
  options: CompiledClientOptions,
  request: HttpRequest,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  try {
    return await attempt(options, request, read);
  } catch (error) {
    // A kept-alive connection that the coordinator has closed meanwhile: asking again is safe where asking twice is.
    if (!isRepeatable(request) || !wasDropped(error)) throw error;
    return attempt(options, request, read);
  }
}

/** A POST counts once only where its key tells the service that it is the same one. */
function isRepeatable({ method, headers }: HttpRequest): boolean {
  return method !== 'POST' || headers?.[IDEMPOTENCY_KEY] !== undefined;
}

async function attempt<T>(
  options: CompiledClientOptions,
  request: HttpRequest,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const milliseconds = options.timeoutMilliseconds;
  const timer = setTimeout(() => {
    const what = `${request.method} ${request.path} was not answered by ${options.url} within ${milliseconds / 1000} s`;
    deadline.abort(new LockstepError('TIMEOUT', what, { hint: 'look into the log of the coordinator' }));
  }, milliseconds);
  const signal = eitherSignal(deadline.signal, options.signal);
  try {
    const response = await openResponse(options, request, signal);
    return await guarded(options, signal, () => read(response));
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
