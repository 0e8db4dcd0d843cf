/**
 * One cluster at a time on a data folder: two nats-servers on the same files would damage them. The lock is a file with
 * the pid of its holder and when that process started, so that a holder that was killed does not lock for ever, not even
 * when its pid has been given to another process since.
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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

/** A lock that somebody else takes over, or releases, at the same time is tried for again, but not for ever. */
const ATTEMPTS = 5;

/** @throws LockstepError CONFLICT when another cluster uses the folder */
export async function lockDataFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'cluster.lock');
  // The id tells apart two clusters of one process: neither may release the other's.
  const text = JSON.stringify({ ...(await describeProcess(process.pid)), id: randomUUID() });
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await claim(file, text)) return { release: () => release(file, text) };
    const holder = await holderOf(file);
    if (holder !== undefined && (await isRunning(holder))) throw conflict(folder, holder);
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

/** Makes the file, or takes it over from a process that is gone. @returns whether it has that text now */
async function claim(file: string, text: string): Promise<boolean> {
  if (await create(file, text)) return true;
  const found = await read(file);
  if (found === undefined) return false;
  const holder = parseHolder(found);
  if (holder !== undefined && (await isRunning(holder))) return false;
  return takeOver(file, found, text);
}

/**
 * Of all who have found the same text stale, one at a time may remove it, and only while it is there: else one that is late
 * would remove the lock of whoever was faster. Whose turn it is says a file of its own, which is claimed like the lock.
 */
async function takeOver(file: string, stale: string, text: string): Promise<boolean> {
  const turn = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  if (!(await claim(turn, text))) return false;
  try {
    if ((await read(file)) !== stale) return false;
    await rm(file, { force: true });
    return await create(file, text);
  } finally {
    await rm(turn, { force: true });
  }
}

async function release(file: string, own: string): Promise<void> {
  if ((await read(file)) === own) await rm(file, { force: true });
}

/** undefined where there is none. */
async function read(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

async function holderOf(file: string): Promise<Holder | undefined> {
  const found = await read(file);
  return found === undefined ? undefined : parseHolder(found);
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
