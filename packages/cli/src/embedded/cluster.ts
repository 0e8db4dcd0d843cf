/**
 * A whole cluster on this machine: nats-server, a coordinator and workers as processes of their own, exactly as
 * containers would run them, so that what is shown here is what happens there.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockstepError } from '@lockstep/core';
import { readEnvironment, type Environment } from '../options.js';
import { assembleCluster } from './cluster-processes.js';
import { lockDataFolder, type FolderLock } from './data-folder-lock.js';
import { startGuard, type Guard } from './guard.js';
import { findNatsServer } from './nats-server.js';
import { checkPort } from './ports.js';
import type { SupervisedProcess, Surroundings } from './supervised-process.js';

export interface ClusterOptions {
  readonly workers: number;
  /** Of each worker. */
  readonly threads: number;
  /** Of the coordinator's HTTP API, on the loopback interface; 0 for a free one. */
  readonly port: number;
  /** Jobs side by side; the coordinator's default when absent. */
  readonly maxRunning?: number;
  readonly dataDir: string;
  /** Where the first worker serves its metrics, the next ones at the ports after it; free ones when absent or 0. */
  readonly metricsPort?: number;
  /** Bytes of shards that each worker keeps in memory, and all of them together on disk. */
  readonly cacheMemory?: number;
  readonly cacheDisk?: number;
  /** Nobody else's: removed should this process be killed outright. Any other folder is locked while the cluster runs. */
  readonly temporary: boolean;
  /** One line for people, when a process dies or is back. */
  say(line: string): void;
  /** Called once, when a process cannot be kept alive; `stop` is still to be called. */
  onFailure(error: LockstepError): void;
  readonly environment?: Environment;
  /** What `coordinator` and `worker` are commands of; the built CLI unless a test brings its own. */
  readonly script?: string;
}

export interface Cluster {
  /** Of the coordinator. */
  readonly url: string;
  readonly natsUrl: string;
  readonly workerIds: readonly string[];
  /** Where each worker serves /metrics, by its id; one that was started again may be somewhere else. */
  metricsUrls(): ReadonlyMap<string, string>;
  /** Kills a worker outright, as a lost machine would be; returns whether it was running. */
  killWorker(id: string): boolean;
  /** Pids of the processes that run now, by name: `nats-server`, `coordinator`, `worker w1` … */
  pids(): ReadonlyMap<string, number>;
  /** Ends every process that was started and resolves when they are gone. `now`: without waiting for them to agree. */
  stop(how?: 'orderly' | 'now'): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * @throws LockstepError CONFLICT for a data folder that another cluster uses, NATS_SERVER_MISSING, PORT_IN_USE, or why a
 * process did not start; nothing is left running or locked.
 */
export async function startCluster(options: ClusterOptions, signal?: AbortSignal): Promise<Cluster> {
  const lock = options.temporary ? undefined : await lockDataFolder(options.dataDir);
  try {
    return await startOnFolder(options, lock, signal);
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function startOnFolder(
  options: ClusterOptions,
  lock: FolderLock | undefined,
  signal: AbortSignal | undefined,
): Promise<Cluster> {
  const program = await findNatsServer(options.environment ?? readEnvironment());
  await checkPort(HOST, options.port);
  const logs = join(options.dataDir, 'logs');
  await mkdir(logs, { recursive: true });
  const guard = startGuard(options.temporary ? options.dataDir : undefined);
  const parts = assembleCluster(options, program, logs, surroundingsOf(options, guard));
  const stop = createStop(parts.all, guard, lock);
  const interrupt = (): void => void stop();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    signal?.throwIfAborted();
    await parts.nats.start();
    await startTogether([parts.coordinator, ...parts.workers]);
  } catch (error) {
    await stop();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
  return {
    url: parts.url(),
    natsUrl: parts.natsUrl(),
    workerIds: parts.workerIds,
    metricsUrls: () => parts.metricsUrls(),
    killWorker: (id) => parts.workers[parts.workerIds.indexOf(id)]?.kill('SIGKILL') ?? false,
    pids: () => new Map(parts.all.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid] as const]))),
    stop,
  };
}

function surroundingsOf(options: ClusterOptions, guard: Guard): Surroundings {
  return {
    guard,
    say: (line) => {
      options.say(line);
    },
    fail: (error) => {
      options.onFailure(error);
    },
  };
}

/** All at once; when one fails the others are still waited for, so that none is forgotten half started. */
async function startTogether(processes: readonly SupervisedProcess[]): Promise<void> {
  const results = await Promise.allSettled(processes.map((process) => process.start()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Workers first, so that they can still hand back what they hold; then the coordinator, the bus, and the folder's lock. */
function createStop(all: readonly SupervisedProcess[], guard: Guard, lock: FolderLock | undefined): Cluster['stop'] {
  let orderly: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    const [nats, coordinator, ...workers] = all;
    await Promise.all(workers.map((worker) => worker.stop()));
    await coordinator?.stop();
    await nats?.stop();
    await guard.release();
    await lock?.release();
  };
  return (how = 'orderly') => {
    if (how === 'now') for (const process of all) process.abandon();
    orderly ??= stopAll();
    return orderly;
  };
}
