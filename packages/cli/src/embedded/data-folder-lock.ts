/**
 * One cluster at a time on a data folder: two nats-servers on the same files would damage them. The lock is a file with
 * the pid of its holder and when that process started, so that a holder that was killed does not lock for ever, not even
 * when its pid has been given to another process since.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '@lockstep/core';

export interface FolderLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** In clock ticks after the machine's start; null where the system does not tell. */
  readonly startedAt: string | null;
}

/** A lock that somebody else took away from under us is tried for again, but not for ever. */
const ATTEMPTS = 5;

/** @throws LockstepError CONFLICT when another cluster uses the folder */
export async function lockDataFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'cluster.lock');
  // The id tells apart two clusters of one process: neither may release the other's.
  const text = JSON.stringify({ ...(await describeProcess(process.pid)), id: randomUUID() });
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await create(file, text)) return { release: () => release(file, text) };
    const found = await readFile(file, 'utf8').catch(() => undefined);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder !== undefined && (await isRunning(holder))) throw conflict(folder, holder);
    await removeStale(file, found);
  }
  throw new LockstepError('CONFLICT', `the data folder ${folder} cannot be locked`, { hint: `look at ${file}` });
}

/** Whole or not at all, and only where there is none: what `link` does, and writing does not. */
async function create(file: string, text: string): Promise<boolean> {
  const part = `${file}.${randomUUID()}`;
  await writeFile(part, text);
  try {
    await link(part, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

/** Between reading and removing, somebody else may have done both and hold the lock now: theirs is put back. */
async function removeStale(file: string, stale: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const taken = await readFile(aside, 'utf8');
  if (taken !== stale) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

async function release(file: string, own: string): Promise<void> {
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found === own) await rm(file, { force: true });
}

async function isRunning(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = await describeProcess(holder.pid);
  return holder.startedAt === null || now.startedAt === null || now.startedAt === holder.startedAt;
}

async function describeProcess(pid: number): Promise<Holder> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // Field 22; the name in field 2 may contain spaces and parentheses, so count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, startedAt: fields[19] ?? null };
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, startedAt } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return undefined;
    return { pid, startedAt: typeof startedAt === 'string' ? startedAt : null };
  } catch {
    return undefined;
  }
}

function conflict(folder: string, { pid }: Holder): LockstepError {
  return new LockstepError('CONFLICT', `the data folder ${folder} is in use by another cluster (process ${pid})`, {
    hint: 'end that one with Ctrl-C, or give this one its own folder with --data-dir and its own port with --port',
  });
}
