/** The coordinator's options in three stages: as written, with defaults, compiled. */
import { homedir } from 'node:os';
import path from 'node:path';
import { LockstepError } from '@lockstep/core';
import { defaultLogFormat, type LogFormat, type LogLevel } from '@lockstep/service';
import { CredentialIssuer } from '@lockstep/transport';
import { tokensFileIn } from './auth/token-file.js';
import { compileLimits } from './jobs/job-requests.js';
import type { SchedulerLimits } from './jobs/job-scheduler.js';

export interface CoordinatorOptions {
  /** Such as nats://127.0.0.1:4222; of a cluster of NATS servers several, with commas between. */
  readonly natsUrl: string;
  /** On how many servers of NATS all that is stored is kept: 1, 3 or 5; 1 by default. */
  readonly natsReplicas?: number;
  /** Text of the coordinator's `.creds` file; absent where the bus is open to all. */
  readonly natsCredentials?: string;
  /** PEM text of the authority that signed the NATS server's certificate; absent where it has none. */
  readonly natsCa?: string;
  /** Text of the file that signs workers' credentials; workers that enrol get one then. */
  readonly workerSigningKey?: string;
  /** How long a worker's credential lets in: 600 by default. */
  readonly credentialSeconds?: number;
  /** Address to listen on; loopback by default. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly dataDir?: string;
  /** File of tokens; `tokens.json` in the data folder by default. */
  readonly tokens?: string;
  /** By default `pretty` on a terminal, else `json`. */
  readonly log?: LogFormat;
  /** The least that is logged. */
  readonly logLevel?: LogLevel;
  /** How many jobs run side by side and how many may wait. */
  readonly limits?: Partial<SchedulerLimits>;
}

export interface CompiledCoordinatorOptions {
  readonly natsUrl: string;
  readonly natsReplicas: number;
  readonly natsCredentials: string | undefined;
  readonly natsCa: string | undefined;
  /** What signs workers' credentials, and for how long; absent where the bus is open to all. */
  readonly signing: Signing | undefined;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly tokens: string;
  readonly log: LogFormat;
  readonly logLevel: LogLevel;
  readonly limits: SchedulerLimits;
}

export interface Signing {
  readonly issuer: CredentialIssuer;
  /** How long a credential lets in. */
  readonly seconds: number;
}

const COORDINATOR_DEFAULTS = {
  host: '127.0.0.1',
  port: 8470,
  logLevel: 'info',
  credentialSeconds: 600,
  natsReplicas: 1,
} as const;
const REPLICAS: readonly number[] = [1, 3, 5];
/** Shorter ones would end between two tries to renew them; longer ones would not be short-lived. */
const CREDENTIAL_SECONDS = { least: 5, largest: 86_400 } as const;

/** @throws LockstepError INVALID_OPTION */
export function compileCoordinatorOptions(options: CoordinatorOptions): CompiledCoordinatorOptions {
  const port = options.port ?? COORDINATOR_DEFAULTS.port;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LockstepError('INVALID_OPTION', `the port must be a whole number from 0 to 65535, got ${port}`);
  }
  const dataDir = options.dataDir ?? path.join(homedir(), '.cache', 'lockstep', 'coordinator');
  return {
    natsUrl: options.natsUrl,
    natsReplicas: compileReplicas(options.natsReplicas ?? COORDINATOR_DEFAULTS.natsReplicas),
    natsCredentials: options.natsCredentials,
    natsCa: options.natsCa,
    signing: compileSigning(options),
    host: options.host ?? COORDINATOR_DEFAULTS.host,
    port,
    dataDir,
    tokens: options.tokens ?? tokensFileIn(dataDir),
    log: options.log ?? defaultLogFormat(),
    logLevel: options.logLevel ?? COORDINATOR_DEFAULTS.logLevel,
    limits: compileLimits(options.limits),
  };
}

function compileReplicas(count: number): number {
  if (REPLICAS.includes(count)) return count;
  throw new LockstepError('INVALID_OPTION', `NATS keeps 1, 3 or 5 copies of what is stored, not ${count}`, {
    hint: 'An even number of copies outlives no more servers than the odd one before it.',
  });
}

function compileSigning({
  natsCredentials,
  workerSigningKey,
  credentialSeconds: seconds = COORDINATOR_DEFAULTS.credentialSeconds,
}: CoordinatorOptions): Signing | undefined {
  const { least, largest } = CREDENTIAL_SECONDS;
  if (!Number.isInteger(seconds) || seconds < least || seconds > largest) {
    throw new LockstepError(
      'INVALID_OPTION',
      `a credential's life must be a whole number of seconds from ${least} to ${largest}, got ${seconds}`,
    );
  }
  if (workerSigningKey === undefined) return undefined;
  if (natsCredentials !== undefined) return { issuer: new CredentialIssuer(workerSigningKey), seconds };
  throw new LockstepError('INVALID_OPTION', 'a signing key for workers needs credentials of the coordinator as well', {
    hint: 'Give --nats-credentials beside --worker-signing-key: both come from `lockstep secrets make`.',
  });
}
