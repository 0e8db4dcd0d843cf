/** Puts new secrets in the place of old ones, signed by the same authority, so that trust and stored data stay. */
import { newTokenFile } from '@lockstep/coordinator';
import { createBusTrust } from '@lockstep/transport';
import { asServiceContext } from '../connection/contexts.js';
import { CLI_DEFAULTS } from '../options.js';
import { createServerCertificate, hostsOf } from './certificates.js';
import { credentialTexts, TOKEN_OWNERS, tokenTexts } from './make-secrets.js';
import { readSecret, replace, type SecretGroup } from './secret-files.js';

export interface RenewOptions {
  readonly folder: string;
  /** Names and addresses of NATS that its certificate is to be for as well. */
  readonly hosts: readonly string[];
  readonly now: Date;
}

export interface Renewal {
  /** Paths in the folder. */
  readonly renewed: readonly string[];
  /** What has to be started again before the new ones are used and the old ones are not. */
  readonly restart: readonly string[];
}

/** @throws LockstepError NOT_FOUND for what is not there; INVALID_OPTION for an authority that is damaged */
export async function renewSecrets(what: SecretGroup, options: RenewOptions): Promise<Renewal> {
  switch (what) {
    case 'certificate':
      return { renewed: await renewCertificate(options), restart: ['nats'] };
    case 'credentials':
      return { renewed: await renewCredentials(options), restart: ['nats', 'coordinator', 'worker'] };
    case 'tokens':
      return { renewed: await renewTokens(options), restart: [] };
  }
}

async function renewCertificate({ folder, hosts, now }: RenewOptions): Promise<readonly string[]> {
  const before = hostsOf(await readSecret(folder, 'natsCertificate'));
  const authority = {
    certificate: await readSecret(folder, 'coordinatorAuthority'),
    key: await readSecret(folder, 'authorityKey'),
  };
  const server = await createServerCertificate(authority, [...new Set([...before, ...hosts])], now);
  return replace(folder, 'certificate', { natsCertificate: server.certificate, natsKey: server.key });
}

/** In the same account, under whose key JetStream keeps the data. */
async function renewCredentials({ folder, now }: RenewOptions): Promise<readonly string[]> {
  const authority = {
    operatorSeed: await readSecret(folder, 'operatorSeed'),
    accountSeed: await readSecret(folder, 'accountSeed'),
  };
  const coordinator = await readSecret(folder, 'coordinatorCredentials');
  const trust = await createBusTrust(authority, { coordinator, now });
  return replace(folder, 'credentials', credentialTexts(trust));
}

/** Of whom `make` has made some for; those that people have made stay. */
async function renewTokens({ folder, now }: RenewOptions): Promise<readonly string[]> {
  const outdated = [await readSecret(folder, 'cliToken'), await readSecret(folder, 'prometheusToken')];
  const made = newTokenFile(TOKEN_OWNERS, now, { text: await readSecret(folder, 'tokens'), outdated });
  const context = asServiceContext(JSON.parse(await readSecret(folder, 'cliContext')));
  return replace(folder, 'tokens', tokenTexts(context?.url ?? CLI_DEFAULTS.url, made));
}
