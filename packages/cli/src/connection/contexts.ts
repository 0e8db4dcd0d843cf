/**
 * Named services and their tokens, in one file of the user: `~/.config/lockstep/contexts.json`. Nobody else may read it,
 * and no command prints a token of it.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '@lockstep/core';

export interface ServiceContext {
  readonly url: string;
  readonly token?: string;
}

export interface Contexts {
  /** The name of the one that commands use; null where none was chosen. */
  readonly current: string | null;
  readonly contexts: ReadonlyMap<string, ServiceContext>;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

/** @throws LockstepError INVALID_OPTION when the file is there but is not one of ours. */
export async function readContexts(folder: string): Promise<Contexts> {
  const file = contextsFile(folder);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw new LockstepError('INVALID_OPTION', `${file} cannot be read: ${String(error)}`, { cause: error });
  });
  return text === undefined ? { current: null, contexts: new Map() } : parseContexts(text, file);
}

/**
 * In one go, so that a crash leaves the old file or the new one.
 *
 * @throws LockstepError INVALID_OPTION for a name that could not be typed again.
 */
export async function writeContexts(folder: string, { current, contexts }: Contexts): Promise<void> {
  for (const name of contexts.keys()) checkContextName(name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = contextsFile(folder);
  const part = `${file}.${randomUUID()}`;
  const text = JSON.stringify({ current, contexts: Object.fromEntries(contexts) }, undefined, 2);
  try {
    await writeFile(part, `${text}\n`, { mode: 0o600, flag: 'wx' });
    // The mode above is cut by the umask, which cannot widen it but may make it useless to its owner.
    await chmod(part, 0o600);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

function checkContextName(name: string): void {
  if (NAME.test(name)) return;
  throw new LockstepError('INVALID_OPTION', `${JSON.stringify(name)} is no name of a context`, {
    hint: 'allowed: 1 to 63 letters, digits, dots, dashes and underscores',
  });
}

/** @throws LockstepError NOT_FOUND with the names that there are */
export function contextNamed(name: string, { contexts }: Contexts): ServiceContext {
  const context = contexts.get(name);
  if (context !== undefined) return context;
  const names = [...contexts.keys()];
  throw new LockstepError('NOT_FOUND', `there is no context ${JSON.stringify(name)}`, {
    hint: names.length === 0 ? 'make one: lockstep context add <name> <url>' : `there are: ${names.join(', ')}`,
  });
}

function contextsFile(folder: string): string {
  return join(folder, 'contexts.json');
}

function parseContexts(text: string, file: string): Contexts {
  const damaged = (): LockstepError =>
    new LockstepError('INVALID_OPTION', `${file} is not a file of contexts`, {
      hint: 'mend it or remove it; `lockstep context add` makes a new one',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged();
  }
  const { current, contexts } = asRecord(value) ?? {};
  const entries = Object.entries(asRecord(contexts) ?? {}).map(([name, item]) => {
    const context = asServiceContext(item);
    if (context === undefined) throw damaged();
    return [name, context] as const;
  });
  if (asRecord(value) === undefined) throw damaged();
  return { current: typeof current === 'string' ? current : null, contexts: new Map(entries) };
}

/** Undefined for what is none. */
export function asServiceContext(value: unknown): ServiceContext | undefined {
  const { url, token } = asRecord(value) ?? {};
  if (typeof url !== 'string' || (token !== undefined && typeof token !== 'string')) return undefined;
  return token === undefined ? { url } : { url, token };
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
