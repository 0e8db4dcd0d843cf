/** What `lockstep token` does with the file of tokens. A coordinator that runs notices within a second. */
import { LockstepError, type Scope } from '@lockstep/core';
import { parseTokens, readTokens, tokensText, writeTokens } from './token-file.js';
import { findToken, newToken, tokenOwnerSchema, type NewToken, type TokenEntry } from './tokens.js';

/** What may be shown of a token. */
export type TokenSummary = Omit<TokenEntry, 'sha256'>;

/** @throws LockstepError INVALID_OPTION */
export async function createToken(
  file: string,
  { owner, scopes, now }: { readonly owner: string; readonly scopes: readonly Scope[]; readonly now: Date },
): Promise<{ readonly token: string; readonly summary: TokenSummary }> {
  const checked = tokenOwnerSchema.safeParse(owner);
  if (!checked.success) {
    throw new LockstepError('INVALID_OPTION', `${JSON.stringify(owner.slice(0, 80))} cannot be the owner of a token`, {
      hint: 'Allowed: 1 to 64 letters, digits, dots, dashes, underscores and @.',
    });
  }
  const { token, entry }: NewToken = newToken(owner, scopes, now);
  await writeTokens(file, [...((await readTokens(file)) ?? []), entry]);
  return { token, summary: summaryOf(entry) };
}

/**
 * The text of a file with new tokens, and these in the order of their owners.
 *
 * @param before the file of before: its tokens are kept, but for those that are outdated
 * @throws LockstepError INVALID_OPTION for a file of before that is none
 */
export function newTokenFile(
  owners: readonly { readonly owner: string; readonly scopes: readonly Scope[] }[],
  now: Date,
  before?: { readonly text: string; readonly outdated: readonly string[] },
): { readonly text: string; readonly tokens: readonly string[] } {
  const made = owners.map(({ owner, scopes }) => newToken(owner, scopes, now));
  const entries = before === undefined ? [] : parseTokens(before.text, 'what is there');
  const outdated = new Set(before?.outdated.map((token) => findToken(entries, token)?.id));
  const kept = entries.filter(({ id }) => !outdated.has(id));
  return { text: tokensText([...kept, ...made.map(({ entry }) => entry)]), tokens: made.map(({ token }) => token) };
}

/** Oldest first; undefined when there is no such file. @throws LockstepError INVALID_OPTION */
export async function listTokens(file: string): Promise<readonly TokenSummary[] | undefined> {
  return (await readTokens(file))?.map(summaryOf);
}

/** @throws LockstepError NOT_FOUND, INVALID_OPTION */
export async function revokeToken(file: string, id: string): Promise<TokenSummary> {
  const entries = (await readTokens(file)) ?? [];
  const revoked = entries.find((entry) => entry.id === id);
  if (revoked === undefined) {
    throw new LockstepError('NOT_FOUND', `there is no token ${JSON.stringify(id.slice(0, 80))} in ${file}`, {
      hint: 'lockstep token list shows their ids.',
    });
  }
  await writeTokens(
    file,
    entries.filter((entry) => entry !== revoked),
  );
  return summaryOf(revoked);
}

function summaryOf({ id, owner, scopes, createdAt }: TokenEntry): TokenSummary {
  return { id, owner, scopes, createdAt };
}
