/**
 * Bearer tokens. Only their SHA-256 is stored: a token is 256 random bits, so there is nothing to guess that a slow hash
 * would have to protect, as it has to for passwords; and who reads the file cannot use what is in it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SCOPES, type Principal, type Scope } from '@lockstep/core';
import { z } from 'zod';

const TOKEN_BYTES = 32;
/** Lets scanners for leaked secrets know it. */
const PREFIX = 'lockstep_';

export const tokenOwnerSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/);

export const tokenEntrySchema = z.strictObject({
  /** Names the token in lists and logs; says nothing of its value. */
  id: z.string().regex(/^t-[0-9a-f]{8}$/),
  owner: tokenOwnerSchema,
  scopes: z.array(z.enum(SCOPES)).min(1).readonly(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.string(),
});
export type TokenEntry = Readonly<z.infer<typeof tokenEntrySchema>>;

export interface NewToken {
  /** Shown once: it cannot be found out again. */
  readonly token: string;
  readonly entry: TokenEntry;
}

/** @throws z.ZodError for an owner or scopes that are not allowed */
export function newToken(owner: string, scopes: readonly Scope[], now: Date): NewToken {
  const token = `${PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const id = `t-${randomBytes(4).toString('hex')}`;
  const sha256 = hashOf(token).toString('hex');
  return { token, entry: tokenEntrySchema.parse({ id, owner, scopes, sha256, createdAt: now.toISOString() }) };
}

/** The entry of the token. Compares with all of them, in a time that says nothing of how alike they are. */
export function findToken(entries: readonly TokenEntry[], token: string): TokenEntry | undefined {
  const hash = hashOf(token);
  let found: TokenEntry | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(Buffer.from(entry.sha256, 'hex'), hash)) found = entry;
  }
  return found;
}

/** Whoever may submit may look as well, and an admin may do everything. */
export function allows({ scopes }: Principal, needed: Scope): boolean {
  const wanted = SCOPES.slice(SCOPES.indexOf(needed));
  return wanted.some((scope) => scopes.includes(scope));
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
