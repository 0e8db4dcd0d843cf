/** The coordinator's options in three stages: as written, with defaults, compiled. */
import { homedir } from 'node:os';
import path from 'node:path';
import { LockstepError } from '@lockstep/core';
import { defaultLogFormat, type LogFormat, type LogLevel } from '@lockstep/service';
import { tokensFileIn } from './auth/token-file.js';
import { compileLimits } from './jobs/job-requests.js';
import type { SchedulerLimits } from './jobs/job-scheduler.js';

export interface CoordinatorOptions {
  /** Such as nats://127.0.0.1:4222. */
  readonly natsUrl: string;
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
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly tokens: string;
  readonly log: LogFormat;
  readonly logLevel: LogLevel;
  readonly limits: SchedulerLimits;
}

const COORDINATOR_DEFAULTS = { host: '127.0.0.1', port: 8470, logLevel: 'info' } as const;

/** @throws LockstepError INVALID_OPTION */
export function compileCoordinatorOptions(options: CoordinatorOptions): CompiledCoordinatorOptions {
  const port = options.port ?? COORDINATOR_DEFAULTS.port;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LockstepError('INVALID_OPTION', `the port must be a whole number from 0 to 65535, got ${port}`);
  }
  const dataDir = options.dataDir ?? path.join(homedir(), '.cache', 'lockstep', 'coordinator');
  return {
    natsUrl: options.natsUrl,
    host: options.host ?? COORDINATOR_DEFAULTS.host,
    port,
    dataDir,
    tokens: options.tokens ?? tokensFileIn(dataDir),
    log: options.log ?? defaultLogFormat(),
    logLevel: options.logLevel ?? COORDINATOR_DEFAULTS.logLevel,
    limits: compileLimits(options.limits),
  };
}
