/** The client's options in their two stages: what the caller wrote, and what the rest of the package works with. */
import { LockstepError } from '@lockstep/core';

export interface ClientOptions {
  /** Where the coordinator answers, such as `http://127.0.0.1:8470`. */
  readonly url: string;
  /** Sent as a bearer token with every request. */
  readonly token?: string;
  /**
   * Deadline of one request, from the first byte out to the last byte in; for shards and files, of its standing still. Models
   * that go or come as a whole and evaluations have longer ones of their own.
   */
  readonly timeoutMilliseconds?: number;
  /** An event stream that sends nothing, not even a comment, for so long is opened again. */
  readonly silenceMilliseconds?: number;
  /** How long an event stream may go unheard, over all its reconnections, before following gives up. */
  readonly patienceMilliseconds?: number;
  /** Ends every request and every event stream of this client; what was waited for fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface CompiledClientOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  readonly silenceMilliseconds: number;
  readonly patienceMilliseconds: number;
  readonly signal: AbortSignal | undefined;
}

export const CLIENT_DEFAULTS = {
  timeoutMilliseconds: 30_000,
  silenceMilliseconds: 30_000,
  patienceMilliseconds: 60_000,
} as const;

/** @throws LockstepError INVALID_OPTION when the URL is not one of http or https. */
export function compileClientOptions(options: ClientOptions): CompiledClientOptions {
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new LockstepError('INVALID_OPTION', `"${options.url}" is not an address of a coordinator`, {
      hint: 'write it like http://127.0.0.1:8470',
    });
  }
  return {
    ...CLIENT_DEFAULTS,
    ...definedOnly(options),
    url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
    signal: options.signal,
  };
}

/** The numbers the caller gave, so that an explicit `undefined` does not hide a default. */
function definedOnly(options: ClientOptions): Partial<typeof CLIENT_DEFAULTS> {
  const names = Object.keys(CLIENT_DEFAULTS) as (keyof typeof CLIENT_DEFAULTS)[];
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}
