/**
 * The files with which a cluster of several machines begins: keys, credentials and certificates, in a folder a role, so
 * that each service is given its own and no other.
 */
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { createBusTrust } from '@lockstep/transport';
import { createCertificates } from './certificates.js';

export const SECRET_FILES = {
  natsTrust: 'nats/trust.conf',
  natsCertificate: 'nats/server-certificate.pem',
  natsKey: 'nats/server-key.pem',
  coordinatorCredentials: 'coordinator/nats.creds',
  workerSigningKey: 'coordinator/worker-signing.seed',
  coordinatorAuthority: 'coordinator/nats-ca.pem',
  joinCredentials: 'worker/join.creds',
  workerAuthority: 'worker/nats-ca.pem',
} as const;

/** Written last: with it the folder is whole, and nothing in it is ever written again. */
const COMPLETE = 'coordinator/complete';

export interface SecretsResult {
  /** False when they were there already. */
  readonly made: boolean;
  readonly files: readonly string[];
}

/** Makes what is missing as a whole; a folder that is whole already is left alone. */
export async function makeSecrets(folder: string, hosts: readonly string[]): Promise<SecretsResult> {
  const files = Object.values(SECRET_FILES).map((file) => join(folder, file));
  if (await exists(join(folder, COMPLETE))) return { made: false, files };
  const [trust, certificates] = [await createBusTrust(), await createCertificates(hosts)];
  const texts: Readonly<Record<keyof typeof SECRET_FILES, string>> = {
    natsTrust: trust.serverConfig,
    natsCertificate: certificates.certificate,
    natsKey: certificates.key,
    coordinatorCredentials: trust.coordinatorCredentials,
    workerSigningKey: `${trust.workerSigningSeed}\n`,
    coordinatorAuthority: certificates.authority,
    joinCredentials: trust.joinCredentials,
    workerAuthority: certificates.authority,
  };
  for (const [name, file] of Object.entries(SECRET_FILES)) {
    await writeSecret(join(folder, file), texts[name as keyof typeof SECRET_FILES]);
  }
  await writeSecret(
    join(folder, COMPLETE),
    'Remove the whole folder to make new secrets; all services then need them.\n',
  );
  return { made: true, files };
}

/** In one go, and for its owner alone. */
async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${randomUUID()}`;
  try {
    await writeFile(part, text, { mode: 0o600, flag: 'wx' });
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
