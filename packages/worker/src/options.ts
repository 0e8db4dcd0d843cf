/** A worker's options in three stages: as written, with defaults, compiled. */
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { LockstepError } from '@lockstep/core';
import { isToken } from '@lockstep/proto';
import { defaultLogFormat, machineMemory, machineThreads, type LogFormat, type LogLevel } from '@lockstep/service';

export interface WorkerOptions {
  /** Such as nats://127.0.0.1:4222; of a cluster of NATS servers several, with commas between. */
  readonly natsUrl: string;
  /** Text of the `.creds` file that workers enrol with; absent where the bus is open to all. */
  readonly joinCredentials?: string;
  /** PEM text of the authority that signed the NATS server's certificate; absent where it has none. */
  readonly natsCa?: string;
  /** Unique in the cluster. When absent, a worker in a container is called after it; elsewhere a name is made up. */
  readonly id?: string;
  /** Threads that compute; one for each core that the container may use when absent. */
  readonly threads?: number;
  /** What all jobs together may take of the memory, by estimate; three quarters of the machine's when absent. */
  readonly memoryBytes?: number;
  /** Holds shards, unless they have a folder of their own. */
  readonly dataDir?: string;
  /** Holds shards; several workers of a machine may share it. */
  readonly cacheDir?: string;
  /** Bytes of shards that may be kept on disk. */
  readonly cacheDiskBytes?: number;
  /** Bytes of shards that may be kept in memory; rows of the others are read from disk. */
  readonly cacheMemoryBytes?: number;
  /** By default `pretty` on a terminal, else `json`. */
  readonly log?: LogFormat;
  /** The least that is logged. */
  readonly logLevel?: LogLevel;
  /** Of /metrics, /livez and /readyz; 0 takes a free one, and without it none is served. */
  readonly metricsPort?: number;
  /** Where these listen; loopback by default. */
  readonly metricsHost?: string;
}

export interface CompiledWorkerOptions {
  readonly natsUrl: string;
  readonly joinCredentials: string | undefined;
  readonly natsCa: string | undefined;
  readonly id: string;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly dataDir: string;
  readonly log: LogFormat;
  readonly logLevel: LogLevel;
  readonly host: string;
  readonly cacheDir: string;
  /** Bytes of shards kept on disk. */
  readonly cacheDiskBytes: number;
  /** Bytes of shards kept in memory. */
  readonly cacheMemoryBytes: number;
  /** Bytes of parts that may be under way to the coordinator. */
  readonly creditBytes: number;
  /** Undefined: not served. */
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
}

const WORKER_DEFAULTS = {
  logLevel: 'info',
  cacheMemoryBytes: 256 * 2 ** 20,
  cacheDiskBytes: 10 * 2 ** 30,
  creditBytes: 16 * 2 ** 20,
  metricsHost: '127.0.0.1',
} as const;

const MAX_THREADS = 256;
const LEAST_MEMORY = 64 * 2 ** 20;
/** The rest is for what is not counted by job: Node itself, the cache of shards, whatever else runs there. */
const SHARE_OF_MEMORY = 0.75;

/** @throws LockstepError INVALID_OPTION */
export function compileWorkerOptions(options: WorkerOptions): CompiledWorkerOptions {
  const id = options.id ?? nameFor(hostname());
  const threads = options.threads ?? machineThreads().count;
  if (!isToken(id)) {
    throw new LockstepError('INVALID_OPTION', `the worker id ${JSON.stringify(id.slice(0, 80))} cannot be used`, {
      hint: 'Use 1 to 64 of the characters A-Z, a-z, 0-9, _ and -.',
    });
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new LockstepError(
      'INVALID_OPTION',
      `threads must be a whole number from 1 to ${MAX_THREADS}, got ${threads}`,
    );
  }
  const memoryBytes = options.memoryBytes ?? Math.floor(machineMemory() * SHARE_OF_MEMORY);
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < LEAST_MEMORY) {
    throw new LockstepError('INVALID_OPTION', `memory must be at least 64 MiB, got ${memoryBytes} bytes`);
  }
  const dataDir = options.dataDir ?? path.join(homedir(), '.cache', 'lockstep', 'worker');
  return {
    natsUrl: options.natsUrl,
    joinCredentials: options.joinCredentials,
    natsCa: options.natsCa,
    id,
    threads,
    memoryBytes,
    dataDir,
    cacheDir: options.cacheDir ?? path.join(dataDir, 'shards'),
    cacheDiskBytes: options.cacheDiskBytes ?? WORKER_DEFAULTS.cacheDiskBytes,
    cacheMemoryBytes: options.cacheMemoryBytes ?? WORKER_DEFAULTS.cacheMemoryBytes,
    log: options.log ?? defaultLogFormat(),
    logLevel: options.logLevel ?? WORKER_DEFAULTS.logLevel,
    host: hostname(),
    creditBytes: WORKER_DEFAULTS.creditBytes,
    metricsPort: compilePort(options.metricsPort),
    metricsHost: options.metricsHost ?? WORKER_DEFAULTS.metricsHost,
  };
}

function compilePort(port: number | undefined): number | undefined {
  if (port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535)) return port;
  throw new LockstepError('INVALID_OPTION', `the metrics port must be a whole number from 0 to 65535, got ${port}`);
}

/**
 * A container engine calls a container by twelve digits of its id. A worker that is called the same can be told apart
 * among replicas, and is the same one when the container is started again.
 */
export function nameFor(host: string): string {
  return `w-${/^[0-9a-f]{12}$/.test(host) ? host : randomUUID().slice(0, 8)}`;
}
