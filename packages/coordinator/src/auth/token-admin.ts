/** What `lockstep token` does with the file of tokens. A coordinator that runs notices within a second. */
import { LockstepError, type Scope } from '@lockstep/core';
import { changeTokens, parseTokens, readTokens, tokensText } from './token-file.js';
import { findToken, newToken, tokenOwnerSchema, type NewToken, type TokenEntry } from './tokens.js';

/** What may be shown of a token. */
export type TokenSummary = Omit<TokenEntry, 'sha256'>;

/** @throws LockstepError INVALID_OPTION, CONFLICT */
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
  await changeTokens(file, (before) => [...before, entry]);
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

/** @throws LockstepError NOT_FOUND, INVALID_OPTION, CONFLICT */
export async function revokeToken(file: string, id: string): Promise<TokenSummary> {
  const gone: TokenEntry[] = [];
  await changeTokens(file, (before) => {
    gone.push(...before.filter((entry) => entry.id === id));
    if (gone.length > 0) return before.filter((entry) => !gone.includes(entry));
    throw new LockstepError('NOT_FOUND', `there is no token ${JSON.stringify(id.slice(0, 80))} in ${file}`, {
      hint: 'lockstep token list shows their ids.',
    });
  });
  return summaryOf(gone[0] as TokenEntry);
}

function summaryOf({ id, owner, scopes, createdAt }: TokenEntry): TokenSummary {
  return { id, owner, scopes, createdAt };
}
