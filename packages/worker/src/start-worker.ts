/** The worker service: joins a cluster, keeps its place in it, and does its part in the jobs it is called to. */
import { isLockstepError, LockstepError } from '@lockstep/core';
import { subjects } from '@lockstep/proto';
import { DropLog, openLog, Opened } from '@lockstep/service';
import { BUCKETS, publishFrame, type Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import { connectToBus } from './bus-connection.js';
import { ComputePool } from './compute-pool.js';
import { JobLogSender } from './job-log-sender.js';
import { MonitoringServer } from './metrics/monitoring-server.js';
import { Readiness } from './metrics/readiness.js';
import { WorkerMetrics } from './metrics/worker-metrics.js';
import { compileWorkerOptions, type CompiledWorkerOptions, type WorkerOptions } from './options.js';
import { Session, type SessionContext } from './session.js';
import { ShardCache } from './shard-cache.js';
import { ShardFolder } from './shard-folder.js';
import { removeLeftFolders } from './thread-files.js';

export interface RunningWorker {
  readonly id: string;
  /** Where its metrics are served, without a path; undefined when they are not. */
  readonly url?: string;
  readonly log: Logger;
  /** Finishes what is running, hands the rest back and ends. */
  stop(): Promise<void>;
  /** Resolves when the worker has left since the coordinator told it to; rejects when it is not admitted any more. */
  readonly stopped: Promise<void>;
}

/** @throws LockstepError UNREACHABLE, WORKER_REFUSED, NATIVE_MISSING, INVALID_OPTION, PORT_IN_USE */
export async function startWorker(written: WorkerOptions): Promise<RunningWorker> {
  const options = compileWorkerOptions(written);
  const { id, log: format, logLevel: level } = options;
  const jobLogs = new JobLogSender(id);
  const log = openLog({ service: 'worker', worker: id, format, level }, jobLogs);
  const metrics = new WorkerMetrics(id);
  const readiness = new Readiness();
  await removeLeftFolders();
  // First of all: a worker that waits for its cluster can be asked what it waits for.
  const monitoring = await openMonitoring(options, metrics, readiness, log);
  try {
    const worker = await joinCluster(options, { log, jobLogs }, metrics, readiness);
    if (monitoring === undefined) return worker;
    const stop = async (): Promise<void> => {
      await worker.stop();
      await monitoring.close();
    };
    // A port that is open would keep the process from ending.
    const stopped = worker.stopped.finally(() => monitoring.close());
    stopped.catch(() => undefined);
    return { ...worker, url: monitoring.url, stop, stopped };
  } catch (error) {
    await monitoring?.close();
    throw error;
  }
}

async function openMonitoring(
  { metricsPort, metricsHost }: CompiledWorkerOptions,
  metrics: WorkerMetrics,
  readiness: Readiness,
  log: Logger,
): Promise<MonitoringServer | undefined> {
  if (metricsPort === undefined) return undefined;
  metrics.addProcess();
  const sources = { registry: metrics.registry, unready: () => readiness.unready() };
  const server = await MonitoringServer.open(sources, metricsHost, metricsPort);
  log.info({ url: server.url }, 'metrics are served');
  return server;
}

interface WorkerLogs {
  readonly log: Logger;
  readonly jobLogs: JobLogSender;
}

async function joinCluster(
  options: CompiledWorkerOptions,
  logs: WorkerLogs,
  metrics: WorkerMetrics,
  readiness: Readiness,
): Promise<RunningWorker> {
  const { log } = logs;
  const { promise: stopped, resolve: ended, reject: failed } = withResolvers();
  // Whoever runs the worker looks at it; nobody has to.
  stopped.catch(() => undefined);
  const opened = new Opened();
  const onShutOut = (error: unknown): void => {
    opened.close().then(() => failed(asLockstepError(error)), failed);
  };
  const onDrain = (): void => {
    opened.close().then(ended, failed);
  };
  let session: Session | undefined;
  const open = async (): Promise<void> => {
    const bus = await connectToBus(options, log, { onShutOut, onRenewed: () => session?.sayAgain() });
    opened.add(() => bus.close());
    const transport = metrics.transport.counted(bus.transport);
    connectLogs(options, transport, logs);
    readiness.connected(transport);
    const pool = openPool(options, metrics, onShutOut);
    opened.add(() => pool.close());
    const joining = await openSession(options, transport, pool, metrics, logs, { onDrain, onShutOut });
    session = joining;
    opened.add(() => joining.leave());
    readiness.opened(joining);
    await joining.join();
  };
  await opened.orClose(open).catch((error: unknown) => {
    throw asLockstepError(error);
  });
  return { id: options.id, log, stop: () => opened.close(), stopped };
}

/** Notes what happens to the connection, and sends the lines of jobs over it. */
function connectLogs({ id }: CompiledWorkerOptions, transport: Transport, { log, jobLogs }: WorkerLogs): void {
  transport.onStatus(({ type, message }) => {
    log.warn({ type }, message);
  });
  jobLogs.connect((frame) => {
    publishFrame(transport.control, subjects.logs(id), frame);
  });
}

function openPool(
  { threads }: CompiledWorkerOptions,
  { threads: observer }: WorkerMetrics,
  onCrippled: (error: unknown) => void,
): ComputePool {
  const pool = new ComputePool({ threads, observer, onCrippled });
  observer.watch(() => pool.liveThreads);
  return pool;
}

async function openSession(
  options: CompiledWorkerOptions,
  transport: Transport,
  pool: ComputePool,
  metrics: WorkerMetrics,
  { log, jobLogs }: WorkerLogs,
  ends: Pick<SessionContext, 'onDrain' | 'onShutOut'>,
): Promise<Session> {
  const { id: worker, threads, memoryBytes, host, creditBytes } = options;
  const folder = new ShardFolder(options.cacheDir, options.cacheDiskBytes);
  const shards = new ShardCache(folder, await transport.objectReader(BUCKETS.shards), options.cacheMemoryBytes);
  metrics.watchCache(shards);
  const drops = new DropLog(log);
  return new Session({
    ...{ worker, threads, memoryBytes, host, transport, pool, creditBytes, log, ...ends },
    graphs: await transport.objectReader(BUCKETS.graphs),
    shards,
    flushLogs: () => {
      jobLogs.flush();
    },
    seeksFormer: options.joinCredentials === undefined,
    onRefused: (reason, detail, subject) => drops.dropped(reason, detail, subject),
  });
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = (): void => undefined;
  let reject = (_error: unknown): void => undefined;
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}

function asLockstepError(error: unknown): LockstepError {
  if (isLockstepError(error)) return error;
  return new LockstepError('WORKER_FAILED', error instanceof Error ? error.message : String(error), { cause: error });
}
