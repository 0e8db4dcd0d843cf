/** Where each secret of a cluster lies: a folder a role, so that each service is given its own and no other. */
import { randomUUID } from 'node:crypto';
import { chmod, chown, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError } from '@lockstep/core';

/** In groups that are made together: half of one is of no use. */
export const SECRET_GROUPS = {
  credentials: {
    /** No service needs the authority; renewing does. */
    operatorSeed: 'authority/operator.seed',
    accountSeed: 'authority/account.seed',
    natsTrust: 'nats/trust.conf',
    coordinatorCredentials: 'coordinator/nats.creds',
    workerSigningKey: 'coordinator/worker-signing.seed',
    joinCredentials: 'worker/join.creds',
  },
  certificate: {
    authorityKey: 'authority/ca-key.pem',
    natsCertificate: 'nats/server-certificate.pem',
    natsKey: 'nats/server-key.pem',
    coordinatorAuthority: 'coordinator/nats-ca.pem',
    workerAuthority: 'worker/nats-ca.pem',
  },
  tokens: {
    tokens: 'coordinator/tokens.json',
    prometheusToken: 'prometheus/token',
    cliToken: 'cli/token',
    cliContext: 'cli/context.json',
  },
} as const;

export const SECRET_FILES = { ...SECRET_GROUPS.credentials, ...SECRET_GROUPS.certificate, ...SECRET_GROUPS.tokens };

export type SecretGroup = keyof typeof SECRET_GROUPS;
export const SECRET_KINDS = Object.keys(SECRET_GROUPS) as SecretGroup[];
/** Texts by the names of a group's files. */
export type SecretTexts<G extends SecretGroup> = Readonly<Record<keyof (typeof SECRET_GROUPS)[G], string>>;

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Whether a group is there.
 *
 * @throws LockstepError CONFLICT when only some of it is: nobody but its owner can tell which half is right
 */
export async function hasGroup(folder: string, group: SecretGroup): Promise<boolean> {
  const files = Object.values(SECRET_GROUPS[group]);
  const there = await Promise.all(files.map((file) => exists(join(folder, file))));
  if (there.every((is) => is) || !there.includes(true)) return there[0] === true;
  const missing = files.filter((_, index) => there[index] === false);
  const kept = files.filter((_, index) => there[index] === true);
  throw new LockstepError('CONFLICT', `${folder} lacks ${missing.join(', ')}, which belong to what is there`, {
    hint: `put them back from a backup; or remove the others too, for new ones: ${kept.join(', ')}`,
  });
}

/**
 * Writes a group that is not there. Until the last of its files is in place a note says that it is unfinished: half a group
 * that nobody has used yet may be made anew.
 *
 * @throws LockstepError CONFLICT when somebody else makes it at the same time; then it stays unfinished
 */
export async function writeNew<G extends SecretGroup>(folder: string, group: G, texts: SecretTexts<G>): Promise<void> {
  const note = noteOf(folder, group);
  const own = randomUUID();
  await makeFolder(dirname(note));
  await writeFile(note, own, { mode: FILE_MODE, flush: true });
  await writeEach(folder, group, texts, linkFile);
  if ((await readFile(note, 'utf8')) !== own) throw madeByTwo(note);
  await rm(note);
}

/** Removes the half of a group that was being made when its maker was ended. The note stays: it is not made yet. */
export async function discardUnfinished(folder: string, group: SecretGroup): Promise<void> {
  const note = noteOf(folder, group);
  if (!(await exists(note))) return;
  // A maker that has not ended after all finds that the note is not its own any more.
  await writeFile(note, '');
  for (const file of Object.values(SECRET_GROUPS[group])) await rm(join(folder, file), { force: true });
}

function noteOf(folder: string, group: SecretGroup): string {
  return join(folder, 'authority', `${group}.unfinished`);
}

async function linkFile(part: string, file: string): Promise<void> {
  try {
    await link(part, file);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? madeByTwo(file, error) : error;
  }
}

function madeByTwo(file: string, cause?: unknown): LockstepError {
  const hint = 'make them once more, when nobody else does';
  return new LockstepError('CONFLICT', `${file} is not what was written: someone else makes secrets too`, {
    hint,
    cause,
  });
}

/** Puts new texts in the place of old ones, or of files that are lost. @returns the paths of the files */
export async function replace<G extends SecretGroup>(
  folder: string,
  group: G,
  texts: Partial<SecretTexts<G>>,
): Promise<readonly string[]> {
  await writeEach(folder, group, texts, replaceFile);
  return Object.entries(SECRET_GROUPS[group]).flatMap(([name, path]) => (name in texts ? [path] : []));
}

/** The new file is the old one's owner's, or else its folder's: its service need not be who renews it. */
async function replaceFile(part: string, file: string): Promise<void> {
  const { uid, gid } = await stat((await exists(file)) ? file : dirname(file));
  // Only the administrator may give files away; everybody else has written their own.
  await chown(part, uid, gid).catch(() => undefined);
  await rename(part, file);
}

/** @throws LockstepError NOT_FOUND when it is not there */
export async function readSecret(folder: string, name: keyof typeof SECRET_FILES): Promise<string> {
  const file = join(folder, SECRET_FILES[name]);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new LockstepError('NOT_FOUND', `there is no ${file}, without which nothing can be renewed`, {
      hint: 'put it back from a backup; where there are no secrets yet: lockstep secrets make',
      cause: error,
    });
  }
}

/** Each file in one go, and for its owner alone. */
async function writeEach<G extends SecretGroup>(
  folder: string,
  group: G,
  texts: Partial<SecretTexts<G>>,
  place: (part: string, file: string) => Promise<void>,
): Promise<void> {
  for (const [name, path] of Object.entries(SECRET_GROUPS[group])) {
    const text = (texts as Readonly<Record<string, string | undefined>>)[name];
    if (text === undefined) continue;
    const file = join(folder, path);
    await makeFolder(dirname(file));
    const part = `${file}.${randomUUID()}`;
    try {
      await writeFile(part, text, { mode: FILE_MODE, flag: 'wx', flush: true });
      await place(part, file);
    } finally {
      await rm(part, { force: true });
    }
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  // A volume's folder is there already. Whoever is not its owner cannot narrow it, and has to trust who is.
  await chmod(folder, FOLDER_MODE).catch(() => undefined);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
