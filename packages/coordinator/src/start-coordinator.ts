/** The coordinator service: opens the stores, takes workers and jobs in, and answers over HTTP. */
import { mkdir, statfs } from 'node:fs/promises';
import { LockstepError } from '@lockstep/core';
import { openLog, Opened } from '@lockstep/service';
import { BUCKETS, connectNats, type Transport } from '@lockstep/transport';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Gate, isLoopbackName } from './auth/gate.js';
import { TokenStore } from './auth/token-store.js';
import { Compiler } from './compile/compiler.js';
import { DatasetStore } from './datasets/dataset-store.js';
import { listen } from './http/listen.js';
import { createServer } from './http/server.js';
import { JobLogs } from './jobs/job-logs.js';
import { JobService } from './jobs/job-service.js';
import {
  compileCoordinatorOptions,
  type CompiledCoordinatorOptions,
  type CoordinatorOptions,
  type Signing,
} from './options.js';
import { CoordinatorMetrics } from './metrics/coordinator-metrics.js';
import type { StorageSources } from './metrics/storage-gauges.js';
import { StoredModelRegistry } from './models/stored-model-registry.js';
import { PredictionService } from './models/prediction-service.js';
import type { ModelRegistry } from './models/registry.js';
import { Enrolment } from './workers/enrolment.js';
import { RevokedWorkers } from './workers/revoked-workers.js';
import { workerStatus } from './workers/worker-status.js';
import { WorkerRegistry, type RegistryListener } from './workers/worker-registry.js';

export interface RunningCoordinator {
  /** Where the HTTP API listens. */
  readonly url: string;
  readonly log: Logger;
  /** Stops; a job that runs is taken up by the next coordinator. */
  stop(): Promise<void>;
}

/** @throws LockstepError UNREACHABLE, PORT_IN_USE, INVALID_OPTION, also without tokens where others can reach it */
export async function startCoordinator(written: CoordinatorOptions): Promise<RunningCoordinator> {
  const options = compileCoordinatorOptions(written);
  const logs = new JobLogs();
  const log = openLog({ service: 'coordinator', format: options.log, level: options.logLevel }, logs);
  const tokens = await openTokens(options, log);
  const opened = new Opened();
  // Whatever is left open, be it a timer, would keep a process from ending that could not start.
  const url = await opened.orClose(() => openAll(options, { log, logs }, tokens, opened));
  log.info({ url }, tokens.count === undefined ? 'listening, open to everyone on this machine' : 'listening');
  return { url, log, stop: () => opened.close() };
}

interface CoordinatorLogs {
  readonly log: Logger;
  readonly logs: JobLogs;
}

/** @returns where the HTTP API listens */
async function openAll(
  options: CompiledCoordinatorOptions,
  { log, logs }: CoordinatorLogs,
  tokens: TokenStore,
  opened: Opened,
): Promise<string> {
  const transport = await connectBus(options, log);
  opened.add(() => transport.close());
  const metrics = new CoordinatorMetrics();
  transport.onStatus(({ type, message }) => {
    log.warn({ type }, message);
  });
  const counted = metrics.transport.counted(transport);
  const stores = await openStores(counted, log, opened);
  // Closed after the jobs: who follows one hears what becomes of it.
  let server: FastifyInstance | undefined;
  opened.add(() => server?.close());
  const services = await openServices(options, counted, { log, logs }, metrics, stores, opened);
  watchServices(metrics, services, {
    disk: () => diskSpace(options.dataDir),
    jetstream: () => transport.storage(),
  });
  const ready = () => answers(transport);
  server = createServer({ ...services, log, logs, metrics, gate: new Gate(tokens), ready });
  return listen(server, options.host, options.port);
}

function connectBus(options: CompiledCoordinatorOptions, log: Logger): Promise<Transport> {
  const { natsUrl, natsReplicas: count, natsCredentials: text, natsCa: ca } = options;
  const onChanged = (stream: string, before: number): void => {
    log.info({ stream, before }, `NATS keeps ${count} ${count === 1 ? 'copy' : 'copies'} of a store from now on`);
  };
  return connectNats({
    replicas: { count, onChanged },
    ...{ servers: natsUrl, name: 'coordinator' },
    ...(text !== undefined && { credentials: { type: 'creds', text } }),
    ...(ca !== undefined && { tls: { ca } }),
  });
}

/** What is stored, and what only needs that. */
interface Stores {
  readonly datasets: DatasetStore;
  readonly revoked: RevokedWorkers;
  readonly models: ModelRegistry;
  readonly predictions: PredictionService;
  readonly compiler: Compiler;
}

interface Services extends Stores {
  readonly jobs: JobService;
  readonly workers: WorkerRegistry;
}

async function openStores(transport: Transport, log: Logger, opened: Opened): Promise<Stores> {
  const [datasets, models, revoked] = await Promise.all([
    DatasetStore.open(transport),
    StoredModelRegistry.open(transport),
    transport.keyValue(BUCKETS.revokedWorkers).then((records) => RevokedWorkers.open(records, log)),
  ]);
  const compiler = new Compiler(models);
  opened.add(() => compiler.close());
  const predictions = new PredictionService(models);
  opened.add(() => predictions.close());
  return { datasets, models, revoked, compiler, predictions };
}

async function openServices(
  { dataDir, limits, signing }: CompiledCoordinatorOptions,
  transport: Transport,
  { log, logs }: CoordinatorLogs,
  metrics: CoordinatorMetrics,
  stores: Stores,
  opened: Opened,
): Promise<Services> {
  const { datasets, models, revoked, compiler } = stores;
  let service: JobService | undefined;
  const listener = registryListener(() => service, metrics, logs);
  const workers = new WorkerRegistry(transport, log, listener, (worker) => revoked.has(worker));
  opened.add(() => workers.close());
  const members = () => workers.members.filter((member) => !member.draining);
  const member = (worker: string) => workers.get(worker);
  const jobs = await JobService.open({
    ...{ transport, log, datasets, models, compiler, dataDir, members, member, limits, observer: metrics.training },
  });
  service = jobs;
  opened.add(() => jobs.close());
  if (signing !== undefined) openEnrolment(signing, transport, log, { workers, revoked }, opened);
  return { ...stores, jobs, workers };
}

/** The registry speaks of workers as soon as it exists; the job service needs it to open. Frames wait for both. */
function registryListener(
  service: () => JobService | undefined,
  metrics: CoordinatorMetrics,
  logs: JobLogs,
): RegistryListener {
  return {
    workerJoined: (member) => service()?.workerJoined(member),
    workerDraining: (worker) => service()?.workerLost(worker, 'drained'),
    workerLost: (member, reason) => {
      metrics.workerLost(member, reason);
      // Nothing that it has begun is waited for, also when it drained before.
      service()?.workerLost(member.worker, reason);
    },
    workerHolds: (member, holds) => service()?.workerHolds(member, holds),
    workerSaid: (frame) => service()?.workerSaid(frame),
    part: (frame) => service()?.part(frame),
    logged: (frame) => {
      if (service()?.hasCalled(frame.worker, frame.job) === true) logs.take(frame);
      else service()?.frameDropped('foreign-worker');
    },
    frameDropped: (reason) => service()?.frameDropped(reason),
  };
}

function openEnrolment(
  { issuer, seconds }: Signing,
  transport: Transport,
  log: Logger,
  { workers, revoked }: Pick<Services, 'workers' | 'revoked'>,
  opened: Opened,
): void {
  const isMember = (worker: string): boolean => workers.get(worker) !== undefined;
  const isRevoked = (worker: string): boolean => revoked.has(worker);
  const enrolment = new Enrolment({ transport, issuer, log, seconds, isMember, isRevoked });
  opened.add(() => enrolment.close());
}

function watchServices(metrics: CoordinatorMetrics, { jobs, workers }: Services, storage: StorageSources): void {
  metrics.watch({
    ...storage,
    jobs: () => jobs.all.map(({ status }) => status),
    minWorkers: (id) => jobs.get(id).record.minWorkers,
    workers: () => workers.members.map((member) => workerStatus(member, jobs.recordsOf(member.worker))),
    silences: () => {
      const now = performance.now();
      return new Map(workers.members.map(({ worker, lastHeard }) => [worker, now - lastHeard]));
    },
    now: () => Date.now(),
  });
}

async function diskSpace(folder: string): Promise<{ freeBytes: number; sizeBytes: number }> {
  await mkdir(folder, { recursive: true });
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}

/** Who listens where others can reach it has to know who they are. */
async function openTokens({ tokens: file, host }: CompiledCoordinatorOptions, log: Logger): Promise<TokenStore> {
  const tokens = await TokenStore.open(file, log);
  if ((tokens.count ?? 0) > 0 || isLoopbackName(host)) return tokens;
  throw new LockstepError('INVALID_OPTION', `other machines can reach ${host}, and there are no tokens in ${file}`, {
    hint: `Make one: lockstep token create --owner <name> --scope admin --tokens ${file} (or listen on 127.0.0.1).`,
  });
}

async function answers(transport: Transport): Promise<boolean> {
  try {
    // One question, however much is stored: health checks ask every few seconds.
    await transport.storage();
    return true;
  } catch {
    return false;
  }
}
