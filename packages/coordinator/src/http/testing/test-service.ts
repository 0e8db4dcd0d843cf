/** The HTTP API over real services, with a bus and stores in memory, for tests; jobs wait, since there are no workers. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockstepError, writeSafetensors, type DatasetManifest, type Scope } from '@lockstep/core';
import { encodeFrame, PROTOCOL, subjects } from '@lockstep/proto';
import { BUCKETS, MemoryNetwork } from '@lockstep/transport';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { Gate, type GateLimits } from '../../auth/gate.js';
import { newToken, type TokenEntry } from '../../auth/tokens.js';
import { writeTokens } from '../../auth/token-file.js';
import { TokenStore } from '../../auth/token-store.js';
import type { Compiler } from '../../compile/compiler.js';
import { DatasetStore } from '../../datasets/dataset-store.js';
import { openLog } from '@lockstep/service';
import { JobLogs } from '../../jobs/job-logs.js';
import { JobService } from '../../jobs/job-service.js';
import { CoordinatorMetrics } from '../../metrics/coordinator-metrics.js';
import { StoredModelRegistry } from '../../models/stored-model-registry.js';
import { PredictionService } from '../../models/prediction-service.js';
import { RevokedWorkers } from '../../workers/revoked-workers.js';
import { WorkerRegistry } from '../../workers/worker-registry.js';
import { createServer } from '../server.js';

const SAMPLES = 8;

export const toyJob = {
  name: 'toy',
  task: 'multiclass',
  data: { train: 'toy/train' },
  model: { layers: [{ type: 'dense', units: 2 }] },
  training: { batchSize: 4, sliceSize: 2 },
};

export interface TestService {
  readonly server: FastifyInstance;
  readonly jobs: JobService;
  readonly folder: string;
  /** Of the server, once it is ready. */
  readonly routes: readonly RouteOptions[];
  /** Lines of the log, as JSON. */
  readonly log: readonly string[];
  /** Makes a token of that owner and scopes. The first one closes the service. */
  addToken(owner: string, ...scopes: Scope[]): Promise<string>;
  /** Makes a worker of that name join. */
  addWorker(id: string): Promise<void>;
  close(): Promise<void>;
}

const LIMITS: GateLimits = {
  requests: { perSecond: 1e6, burst: 1e6 },
  refusals: { perSecond: 1e6, burst: 1e6 },
};

/** Of a service that has no tokens. */
export const openGate = new Gate(
  { required: () => Promise.resolve(false), find: () => Promise.resolve(undefined) },
  LIMITS,
);

/** @param limits of the gate; none are felt by default */
export async function startTestService(limits: Partial<GateLimits> = {}): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-http-'));
  const lines: string[] = [];
  const logs = new JobLogs();
  const log = openLog(
    { service: 'coordinator', format: 'silent', level: 'info' },
    {
      write: (line) => {
        lines.push(line);
        logs.write(line);
      },
    },
  );
  const network = new MemoryNetwork();
  const transport = network.connect('coordinator');
  const datasets = await DatasetStore.open(transport);
  await addToyDataset(datasets);
  const models = await StoredModelRegistry.open(transport);
  const predictions = new PredictionService(models);
  const nothing = () => undefined;
  const revoked = await RevokedWorkers.open(await transport.keyValue(BUCKETS.revokedWorkers), log);
  const listener = {
    ...{ workerJoined: nothing, workerDraining: nothing, workerLost: nothing, workerHolds: nothing },
    ...{ workerSaid: nothing, part: nothing, logged: nothing, frameDropped: nothing },
  };
  const registry = new WorkerRegistry(transport, log, listener, (worker) => revoked.has(worker));
  const jobs = await JobService.open({
    ...{
      transport,
      log,
      datasets,
      models,
      dataDir: folder,
      compiler: fakeCompiler(),
      members: () => [],
      member: nothing,
    },
  });
  const metrics = new CoordinatorMetrics();
  const file = join(folder, 'tokens.json');
  // Looks for changes with every request.
  let clock = 0;
  const tokens = await TokenStore.open(file, log, () => (clock += 2000));
  const gate = new Gate(tokens, { ...LIMITS, ...limits });
  const ready = () => Promise.resolve(true);
  const server = createServer({
    ...{
      log,
      gate,
      jobs,
      datasets,
      workers: registry,
      revoked,
      models,
      predictions,
      logs,
      metrics,
      ready,
    },
  });
  const routes: RouteOptions[] = [];
  server.addHook('onRoute', (route) => void routes.push(route));
  const entries: TokenEntry[] = [];
  return {
    ...{ server, jobs, folder, routes, log: lines },
    addToken: async (owner, ...scopes) => {
      const { token, entry } = newToken(owner, scopes, new Date());
      entries.push(entry);
      await writeTokens(file, entries);
      return token;
    },
    addWorker: async (worker) => {
      const machine = { threads: 1, host: 'h', pid: 1, cpuClass: 'c', memoryBytes: 2 ** 30 };
      const frame = encodeFrame({
        type: 'hello',
        worker,
        protocol: PROTOCOL.oldest,
        newestProtocol: PROTOCOL.newest,
        ...machine,
      });
      const transport = network.connect(worker);
      await transport.control.request(subjects.hello(worker), frame, 20_000);
      await transport.close();
    },
    close: async () => {
      await server.close();
      await jobs.close();
      registry.close();
      await predictions.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Takes every model but one whose name says otherwise. */
function fakeCompiler(): Compiler {
  const record = ({ spec: { name } }: { spec: { name: string } }): Promise<unknown> =>
    name === 'unrecordable'
      ? Promise.reject(new LockstepError('MODEL_NOT_RECORDABLE', 'a layer cannot be recorded'))
      : Promise.resolve({});
  return { compile: record, check: record } as unknown as Compiler;
}

async function addToyDataset(datasets: DatasetStore): Promise<void> {
  const bytes = writeSafetensors(
    new Map([
      ['x', { dtype: 'F32', shape: [SAMPLES, 3], data: new Float32Array(SAMPLES * 3) }],
      ['y', { dtype: 'I32', shape: [SAMPLES], data: new Int32Array(SAMPLES) }],
    ]),
  );
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const manifest: DatasetManifest = {
    ...{ name: 'toy', version: 1, rowsPerShard: 100, source: 'made up' },
    features: { shape: [3], dtype: 'float32', offset: 0, scale: 1 },
    labels: { kind: 'classes', classNames: ['a', 'b'] },
    splits: { train: { count: SAMPLES, shards: [{ sha256, bytes: bytes.length, count: SAMPLES }] } },
  };
  await datasets.putShard(sha256, bytes);
  await datasets.putManifest(manifest);
}
