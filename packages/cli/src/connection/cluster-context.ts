/** What `lockstep secrets make` leaves for commands: how the cluster of this checkout is reached, and a token alone. */
import { readFile } from 'node:fs/promises';
import { LockstepError } from '@lockstep/core';
import { asServiceContext, type ServiceContext } from './contexts.js';

/**
 * @returns undefined where there is no such cluster
 * @throws LockstepError INVALID_OPTION for a file that cannot be read or is none
 */
export async function readClusterContext(file: string | undefined): Promise<ServiceContext | undefined> {
  const text = file === undefined ? undefined : await readIfThere(file, 'name a service with --url or --context');
  if (text === undefined) return undefined;
  const context = asServiceContext(parse(text));
  if (context !== undefined) return context;
  throw new LockstepError('INVALID_OPTION', `${file} is not a context`, {
    hint: 'remove it, or name a service with --url or --context',
  });
}

/** @throws LockstepError INVALID_OPTION for a file that cannot be read */
export async function readTokenFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readIfThere(file, 'unset LOCKSTEP_TOKEN_FILE, or give another file');
  if (text !== undefined && text.trim() !== '') return text.trim();
  throw new LockstepError('INVALID_OPTION', `there is no token in ${file}, the file of LOCKSTEP_TOKEN_FILE`, {
    hint: 'lockstep token create prints one; lockstep secrets make writes one to cli/token',
  });
}

async function readIfThere(file: string, hint: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LockstepError('INVALID_OPTION', `${file} cannot be read: ${reason}`, { hint, cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
