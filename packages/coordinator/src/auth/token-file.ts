/** The file of token hashes: written by `lockstep token`, read by the coordinator, which notices each change. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LockstepError } from '@lockstep/core';
import { z } from 'zod';
import { tokenEntrySchema, type TokenEntry } from './tokens.js';

const MODE = 0o600;
/** A change takes milliseconds: a lock this old was left behind. */
const STALE_MILLISECONDS = 10_000;
/** Longer than that, so that a lock that was left behind is in nobody's way. */
const PATIENCE_MILLISECONDS = 20_000;
const AGAIN_AFTER_MILLISECONDS = 10;
const fileSchema = z.strictObject({ tokens: z.array(tokenEntrySchema).max(10_000) });

export function tokensFileIn(dataDir: string): string {
  return path.join(dataDir, 'tokens.json');
}

/**
 * @returns undefined when there is no such file
 * @throws LockstepError INVALID_OPTION when it is not a file of tokens
 */
export async function readTokens(file: string): Promise<readonly TokenEntry[] | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LockstepError('INVALID_OPTION', `the tokens in ${file} cannot be read`, { cause: error });
  }
  return parseTokens(text, file);
}

/** Replaces the file as a whole, readable to its owner only. */
export async function writeTokens(file: string, tokens: readonly TokenEntry[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, tokensText(tokens), { mode: MODE, flag: 'wx' });
  await rename(temporary, file);
}

/** @throws LockstepError INVALID_OPTION for what is no text of a file of tokens */
export function parseTokens(text: string, file: string): readonly TokenEntry[] {
  const parsed = fileSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.tokens;
  throw new LockstepError('INVALID_OPTION', `${file} is not a file of tokens`, {
    hint: 'Make it with `lockstep token create`.',
  });
}

/**
 * Changes the file, one change at a time: of two that come at once, neither undoes the other, such as a revocation.
 * @throws LockstepError INVALID_OPTION when it is not a file of tokens, CONFLICT when another change does not end, and what
 *   `change` throws
 */
export async function changeTokens(
  file: string,
  change: (before: readonly TokenEntry[]) => readonly TokenEntry[],
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  await takeLock(lock);
  try {
    await writeTokens(file, change((await readTokens(file)) ?? []));
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      await writeFile(lock, '', { flag: 'wx', mode: MODE });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = await stat(lock).catch(() => undefined);
    if (held !== undefined && Date.now() - held.mtimeMs > STALE_MILLISECONDS) await rm(lock, { force: true });
    else if (performance.now() > deadline) {
      throw new LockstepError('CONFLICT', 'another command is changing the tokens', {
        hint: `If there is none, remove ${lock}.`,
      });
    } else await delay(AGAIN_AFTER_MILLISECONDS);
  }
}

export function tokensText(tokens: readonly TokenEntry[]): string {
  return `${JSON.stringify({ tokens }, null, 2)}\n`;
}

/** What a change of the file changes; undefined when there is none. */
export async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return [mtimeMs, size, ino].join();
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
