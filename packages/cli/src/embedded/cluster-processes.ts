/** Which processes a cluster consists of, how each is started, and what a later start has to know of the first. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { machineMemory } from '@lockstep/service';
import { mainScript } from '../paths.js';
import type { ClusterOptions } from './cluster.js';
import { defineNatsServer, type NatsServer } from './nats-server.js';
import { SupervisedProcess, type ProcessOptions, type Surroundings } from './supervised-process.js';

export interface ClusterProcesses {
  readonly nats: SupervisedProcess;
  readonly coordinator: SupervisedProcess;
  /** Parallel to `workerIds`. */
  readonly workers: readonly SupervisedProcess[];
  readonly workerIds: readonly string[];
  readonly all: readonly SupervisedProcess[];
  /** All known once the processes have started. */
  natsUrl(): string;
  url(): string;
  /** By worker's id. */
  metricsUrls(): ReadonlyMap<string, string>;
}

/** TensorFlow's library is 800 MB: reading it from a cold disk takes its time. */
const SERVICE_READY_MILLISECONDS = 60_000;
const HOST = '127.0.0.1';

/** @param program the nats-server */
export function assembleCluster(
  options: ClusterOptions,
  program: string,
  logs: string,
  surroundings: Surroundings,
): ClusterProcesses {
  const natsLog = join(logs, 'nats-server.log');
  const natsFolder = join(options.dataDir, 'nats');
  const server = defineNatsServer(program, natsFolder, natsLog);
  const service = createServiceFactory(options, () => server.url(), logs);
  const workerIds = Array.from({ length: options.workers }, (_, index) => `w${index + 1}`);
  const nats = new SupervisedProcess(natsProcess(server, natsFolder, natsLog), surroundings);
  const coordinatorService = coordinatorProcess(options, service);
  const coordinator = new SupervisedProcess(coordinatorService.process, surroundings);
  const metricsUrls = new Map<string, string>();
  const workers = workerIds.map((id, index) => {
    const learn = (url: string | undefined): void => {
      if (url !== undefined) metricsUrls.set(id, url);
    };
    const process = service(`worker ${id}`, () => workerArguments(options, id, index), learn);
    // A worker that was told to leave has done what it should.
    return new SupervisedProcess({ ...process, mayLeave: true }, surroundings);
  });
  return {
    nats,
    coordinator,
    workers,
    workerIds,
    all: [nats, coordinator, ...workers],
    natsUrl: () => server.url(),
    url: () => coordinatorService.url(),
    metricsUrls: () => inOrder(metricsUrls, workerIds),
  };
}

/** Workers are ready in any order. */
function inOrder(urls: ReadonlyMap<string, string>, workerIds: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    workerIds.flatMap((id): [string, string][] => {
      const url = urls.get(id);
      return url === undefined ? [] : [[id, url]];
    }),
  );
}

function workerArguments(options: ClusterOptions, id: string, index: number): string[] {
  const { threads, workers, metricsPort = 0 } = options;
  // A free port is another one each time: while the worker is away somebody else may take the one that it had.
  const port = metricsPort === 0 ? 0 : metricsPort + index;
  const share = mebibytes(memoryShare(workers));
  const own = ['--threads', String(threads), '--memory', share, '--metrics-port', String(port)];
  return ['worker', '--id', id, ...own, '--metrics-host', HOST, ...cacheArguments(options)];
}

/** One copy of a shard is enough for all workers of a machine. */
function cacheArguments({ dataDir, cacheMemory, cacheDisk }: ClusterOptions): string[] {
  const size = (option: string, bytes: number | undefined): string[] =>
    bytes === undefined ? [] : [option, mebibytes(bytes)];
  const sizes = [...size('--cache-memory', cacheMemory), ...size('--cache-disk', cacheDisk)];
  return ['--cache-dir', join(dataDir, 'shards'), ...sizes];
}

function natsProcess(server: NatsServer, folder: string, logFile: string): ProcessOptions {
  return {
    name: 'nats-server',
    logFile,
    ipc: false,
    command: async () => {
      await mkdir(folder, { recursive: true });
      return server.command();
    },
    ready: (child) => server.ready(child),
  };
}

type ServiceFactory = (name: string, args: () => string[], learn?: (url: string | undefined) => void) => ProcessOptions;

/** Services are this very program, called with another command and spoken to over an IPC channel. */
function createServiceFactory(options: ClusterOptions, natsUrl: () => string, logs: string): ServiceFactory {
  const script = options.script ?? mainScript;
  return (name, args, learn) => {
    const folder = name.replace(' ', '-');
    const common = (): string[] => ['--nats', natsUrl(), '--data-dir', join(options.dataDir, folder), '--log', 'json'];
    return {
      name,
      logFile: join(logs, `${folder}.log`),
      ipc: true,
      command: () => Promise.resolve({ file: process.execPath, args: [script, ...args(), ...common()] }),
      ready: async (child) => {
        const url = await child.ready(SERVICE_READY_MILLISECONDS);
        learn?.(url);
      },
    };
  };
}

/** A coordinator that comes back must be found where it was: later starts take the port of the first. */
function coordinatorProcess(
  { port, maxRunning }: ClusterOptions,
  service: ServiceFactory,
): { process: ProcessOptions; url(): string } {
  let url = `http://${HOST}:${port}`;
  const limits = maxRunning === undefined ? [] : ['--max-running', String(maxRunning)];
  const args = (): string[] => ['coordinator', '--host', HOST, '--port', new URL(url).port || '80', ...limits];
  const learn = (learned: string | undefined): void => {
    url = learned ?? url;
  };
  return { url: () => url, process: service('coordinator', args, learn) };
}

/** Bytes for the jobs of each of so many workers: three quarters of the machine's memory, shared out between them. */
function memoryShare(workers: number): number {
  return Math.max(64 * 2 ** 20, (machineMemory() * 0.75) / workers);
}

/** As the command line takes it. */
function mebibytes(bytes: number): string {
  return `${Math.max(1, Math.floor(bytes / 2 ** 20))}MiB`;
}
