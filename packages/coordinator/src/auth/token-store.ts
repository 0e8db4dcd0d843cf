/**
 * The tokens that are valid now. A new one works, and a revoked one stops working, within a second and without a restart;
 * the first one closes a service that was open.
 */
import type { Principal } from '@lockstep/core';
import type { Logger } from 'pino';
import { readTokens, versionOf } from './token-file.js';
import { findToken, type TokenEntry } from './tokens.js';

const CHECK_MILLISECONDS = 1000;

export interface KnownToken {
  readonly id: string;
  readonly principal: Principal;
}

export class TokenStore {
  readonly #file: string;
  readonly #log: Logger;
  readonly #now: () => number;
  /** undefined as long as there is no file of tokens. */
  #entries: readonly TokenEntry[] | undefined;
  #version: string | undefined;
  #checkedAt = 0;

  private constructor(file: string, log: Logger, now: () => number) {
    this.#file = file;
    this.#log = log;
    this.#now = now;
  }

  /**
   * @param now milliseconds of a monotonic clock
   * @throws LockstepError INVALID_OPTION for a file that is not one of tokens
   */
  static async open(file: string, log: Logger, now = () => performance.now()): Promise<TokenStore> {
    const store = new TokenStore(file, log, now);
    store.#checkedAt = now();
    store.#version = await versionOf(file);
    store.#entries = await readTokens(file);
    return store;
  }

  /** Undefined where none are needed. */
  get count(): number | undefined {
    return this.#entries?.length;
  }

  /** Whether requests need a token: they do from the first one that was made on, even when all are revoked. */
  async required(): Promise<boolean> {
    await this.#refresh();
    return this.#entries !== undefined;
  }

  async find(token: string): Promise<KnownToken | undefined> {
    await this.#refresh();
    const entry = findToken(this.#entries ?? [], token);
    return entry && { id: entry.id, principal: { owner: entry.owner, scopes: entry.scopes } };
  }

  async #refresh(): Promise<void> {
    const now = this.#now();
    if (now - this.#checkedAt < CHECK_MILLISECONDS) return;
    this.#checkedAt = now;
    const version = await versionOf(this.#file);
    if (version === this.#version) return;
    try {
      const entries = await readTokens(this.#file);
      // A file that is gone revokes its tokens; it must not open a service to everyone.
      this.#entries = entries ?? (this.#entries && []);
      this.#version = version;
      this.#log.info({ tokens: this.count }, 'tokens were read again');
    } catch (error) {
      // A damaged file must not lock everybody out; it is read again in a second.
      this.#log.error({ error }, 'the tokens cannot be read; the ones before stay');
    }
  }
}
