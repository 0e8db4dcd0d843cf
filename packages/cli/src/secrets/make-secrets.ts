/** Makes the secrets that a cluster of several machines or containers begins with: once, and never anew by itself. */
import { newTokenFile } from '@lockstep/coordinator';
import { createBusAuthority, createBusTrust, type BusTrust } from '@lockstep/transport';
import { createAuthority, createServerCertificate, isFor } from './certificates.js';
import {
  discardUnfinished,
  hasGroup,
  readSecret,
  SECRET_GROUPS,
  SECRET_KINDS,
  writeNew,
  type SecretGroup,
  type SecretTexts,
} from './secret-files.js';

export interface SecretsOptions {
  readonly folder: string;
  /** Names and addresses under which clients reach NATS, besides those it always has. */
  readonly hosts: readonly string[];
  /** Where commands will reach the coordinator. */
  readonly url: string;
  readonly now: Date;
}

export interface SecretsResult {
  readonly folder: string;
  /** Paths in the folder. */
  readonly made: readonly string[];
  /** Those that were there. */
  readonly kept: readonly string[];
  /** Names and addresses that the certificate is not for that was there. */
  readonly uncoveredHosts: readonly string[];
}

/** NATS is called so in the compose file, and is this machine's in tests and trials. */
const HOSTS = ['nats', 'localhost', '127.0.0.1', '::1'];

/** One for whoever operates the cluster, and one that may only look. */
export const TOKEN_OWNERS = [
  { owner: 'admin', scopes: ['submit', 'admin'] },
  { owner: 'prometheus', scopes: ['read'] },
] as const;

type Makers = { readonly [G in SecretGroup]: (options: SecretsOptions) => Promise<SecretTexts<G>> };

const MAKERS: Makers = { credentials: newCredentials, certificate: newCertificate, tokens: newTokens };

/**
 * Makes the groups that are missing, or that were being made when their maker was ended, and leaves the others alone.
 *
 * @throws LockstepError CONFLICT when a group is there by half; nothing is made then
 */
export async function makeSecrets(options: SecretsOptions): Promise<SecretsResult> {
  for (const group of SECRET_KINDS) await discardUnfinished(options.folder, group);
  const there = await Promise.all(SECRET_KINDS.map((group) => hasGroup(options.folder, group)));
  const missing = SECRET_KINDS.filter((_, index) => there[index] === false);
  for (const group of missing) await make(options, group);
  const certificate = await readSecret(options.folder, 'natsCertificate');
  const filesOf = (some: readonly SecretGroup[]): string[] =>
    some.flatMap((group) => Object.values(SECRET_GROUPS[group]));
  return {
    folder: options.folder,
    made: filesOf(missing),
    uncoveredHosts: options.hosts.filter((host) => !isFor(certificate, host)),
    kept: filesOf(SECRET_KINDS.filter((group) => !missing.includes(group))),
  };
}

async function make(options: SecretsOptions, group: SecretGroup): Promise<void> {
  await writeNew(options.folder, group, await MAKERS[group](options));
}

async function newCredentials(): Promise<SecretTexts<'credentials'>> {
  const { operatorSeed, accountSeed } = createBusAuthority();
  const trust = await createBusTrust({ operatorSeed, accountSeed });
  return {
    operatorSeed: `${operatorSeed}\n`,
    accountSeed: `${accountSeed}\n`,
    ...credentialTexts(trust),
  };
}

async function newCertificate({ hosts, now }: SecretsOptions): Promise<SecretTexts<'certificate'>> {
  const authority = await createAuthority(now);
  const server = await createServerCertificate(authority, [...new Set([...HOSTS, ...hosts])], now);
  return {
    authorityKey: authority.key,
    natsCertificate: server.certificate,
    natsKey: server.key,
    coordinatorAuthority: authority.certificate,
    workerAuthority: authority.certificate,
  };
}

function newTokens({ url, now }: SecretsOptions): Promise<SecretTexts<'tokens'>> {
  return Promise.resolve(tokenTexts(url, newTokenFile(TOKEN_OWNERS, now)));
}

/** @param made with tokens for `TOKEN_OWNERS` */
export function tokenTexts(url: string, { text, tokens }: ReturnType<typeof newTokenFile>): SecretTexts<'tokens'> {
  const [admin = '', prometheus = ''] = tokens;
  const context = `${JSON.stringify({ url, token: admin }, undefined, 2)}\n`;
  return { tokens: text, prometheusToken: prometheus, cliToken: admin, cliContext: context };
}

export function credentialTexts(trust: BusTrust): Omit<SecretTexts<'credentials'>, 'operatorSeed' | 'accountSeed'> {
  return {
    natsTrust: trust.serverConfig,
    coordinatorCredentials: trust.coordinatorCredentials,
    workerSigningKey: trust.workerSigningKey,
    joinCredentials: trust.joinCredentials,
  };
}
