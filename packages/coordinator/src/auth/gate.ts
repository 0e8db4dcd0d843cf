/**
 * Who may come in: finds out who asks, and whether that one may do this, before anything of the request is looked at.
 *
 * With tokens every request but the public ones needs one. An open service asks for none; since it listens on loopback
 * only, the danger is the browser on the same machine, that a page from elsewhere leads to it. Such requests name
 * another host (DNS rebinding) or another origin, and are refused.
 */
import { LOCAL_PRINCIPAL, type Principal, type Scope } from '@lockstep/core';
import { Refusal } from '../http/refusal.js';
import { RateLimiter, type RateLimit } from './rate-limit.js';
import type { TokenStore } from './token-store.js';
import { allows } from './tokens.js';

export interface GateLimits {
  /** Of one token, or one address where none are. */
  readonly requests: RateLimit;
  /** Requests without a valid token, of one address. */
  readonly refusals: RateLimit;
}

const GATE_DEFAULTS: GateLimits = {
  requests: { perSecond: 200, burst: 1000 },
  refusals: { perSecond: 5, burst: 20 },
};

/** What a route asks for; `none` is for everyone. */
export type RouteScope = Scope | 'none';

/** What the gate looks at of a request. */
export interface Visitor {
  readonly address: string;
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Of the route. */
  readonly scope: RouteScope;
}

const NOBODY: Principal = { owner: '', scopes: [] };
const BEARER = /^Bearer +([\w.~+/-]{1,256}=*)$/i;

export class Gate {
  readonly #tokens: Pick<TokenStore, 'required' | 'find'>;
  readonly #requests: RateLimiter;
  readonly #refusals: RateLimiter;
  readonly #now: () => number;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    tokens: Pick<TokenStore, 'required' | 'find'>,
    limits: Partial<GateLimits> = {},
    now = () => performance.now(),
  ) {
    const { requests, refusals } = { ...GATE_DEFAULTS, ...limits };
    this.#tokens = tokens;
    this.#requests = new RateLimiter(requests);
    this.#refusals = new RateLimiter(refusals);
    this.#now = now;
  }

  /** @throws Refusal UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED */
  async admit(visitor: Visitor): Promise<Principal> {
    if (!(await this.#tokens.required())) {
      refuseForeign(visitor);
      this.#pass(visitor.address);
      return LOCAL_PRINCIPAL;
    }
    const token = BEARER.exec(visitor.authorization ?? '')?.[1];
    const known = token === undefined ? undefined : await this.#tokens.find(token);
    if (known === undefined && visitor.scope === 'none') {
      this.#pass(visitor.address);
      return NOBODY;
    }
    if (known === undefined) throw this.#unknown(visitor);
    this.#pass(known.id);
    if (visitor.scope === 'none' || allows(known.principal, visitor.scope)) return known.principal;
    throw new Refusal(
      'FORBIDDEN',
      `the token lacks the scope ${visitor.scope}`,
      'Use a token with that scope: `lockstep token create --scope`.',
      { 'www-authenticate': `Bearer realm="lockstep", error="insufficient_scope", scope="${visitor.scope}"` },
    );
  }

  #pass(caller: string): void {
    refuseHasty(this.#requests.take(caller, this.#now()));
  }

  #unknown({ address, authorization }: Visitor): Refusal {
    refuseHasty(this.#refusals.take(address, this.#now()));
    const challenge = 'Bearer realm="lockstep"';
    return authorization === undefined
      ? new Refusal(
          'UNAUTHENTICATED',
          'this coordinator asks for a token',
          'Send `Authorization: Bearer <token>`; the command takes it from LOCKSTEP_TOKEN or a context.',
          { 'www-authenticate': challenge },
        )
      : new Refusal(
          'UNAUTHENTICATED',
          'the token is not known: it is wrong, or was revoked',
          'Ask for a new one: `lockstep token create`.',
          { 'www-authenticate': `${challenge}, error="invalid_token"` },
        );
  }
}

function refuseHasty(waitSeconds: number): void {
  if (waitSeconds === 0) return;
  const seconds = String(Math.ceil(waitSeconds));
  throw new Refusal('RATE_LIMITED', 'too many requests', `Send the next one in ${seconds} s.`, {
    'retry-after': seconds,
  });
}

function refuseForeign({ host, origin }: Visitor): void {
  if (!isLoopbackName(nameOf(`http://${host ?? ''}`))) {
    throw new Refusal(
      'FORBIDDEN',
      'this coordinator takes no tokens, and answers only to the names of this machine',
      'Ask at http://127.0.0.1 or http://localhost; for other machines, run the coordinator with tokens.',
    );
  }
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new Refusal('FORBIDDEN', 'pages from elsewhere may not use this coordinator', 'Use the command or a program.');
}

function nameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** localhost, 127.0.0.0/8 and ::1. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(name) || name === '::1' || name === '[::1]';
}
