/** The coordinator service: opens the stores, takes workers and jobs in, and answers over HTTP. */
import { BUCKETS, connectNats, type Transport } from '@lockstep/transport';
import { pino, type Logger } from 'pino';
import { Compiler } from './compiler.js';
import { DatasetStore } from './dataset-store.js';
import { createServer, listen } from './http/server.js';
import { JobService } from './job-service.js';
import { compileCoordinatorOptions, type CompiledCoordinatorOptions, type CoordinatorOptions } from './options.js';
import { ModelStore } from './model-store.js';
import { PredictionService } from './models/prediction-service.js';
import { WorkerRegistry } from './worker-registry.js';

export interface RunningCoordinator {
  /** Where the HTTP API listens. */
  readonly url: string;
  /** Stops; a job that runs is taken up by the next coordinator. */
  stop(): Promise<void>;
}

/** @throws LockstepError UNREACHABLE, PORT_IN_USE, INVALID_OPTION */
export async function startCoordinator(written: CoordinatorOptions): Promise<RunningCoordinator> {
  const options = compileCoordinatorOptions(written);
  const log = openLog(options);
  const transport = await connectNats({ servers: options.natsUrl, name: 'coordinator' });
  transport.onStatus(({ type, message }) => {
    log.warn({ type }, message);
  });
  const { dataDir } = options;
  const [datasets, models] = await Promise.all([DatasetStore.open(transport), ModelStore.open(transport)]);
  const compiler = new Compiler(dataDir, models.registry);
  const predictions = new PredictionService(models.registry, dataDir);
  // The registry speaks of workers as soon as it exists; the job service needs it to open. Frames wait for both.
  let service: JobService | undefined;
  const registry = new WorkerRegistry(transport, log, {
    workerJoined: (member) => service?.workerJoined(member),
    workerLost: (worker, reason) => service?.workerLost(worker, reason),
    workerSaid: (frame) => service?.workerSaid(frame),
    part: (frame) => service?.part(frame),
    frameDropped: (reason) => service?.frameDropped(reason),
  });
  const members = () => registry.members.filter((member) => !member.draining);
  const member = (worker: string) => registry.get(worker);
  const jobs = await JobService.open({ transport, log, datasets, models, compiler, dataDir, members, member });
  service = jobs;
  const ready = (): Promise<boolean> => answers(transport);
  const server = createServer({ jobs, datasets, models: models.registry, predictions, workers: registry, ready });
  const close = async (): Promise<void> => {
    await jobs.close();
    registry.close();
    for (const part of [server, predictions, compiler, transport]) await part.close();
  };
  try {
    const url = await listen(server, options.host, options.port);
    log.info({ url }, 'listening');
    return { url, stop: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function openLog(options: CompiledCoordinatorOptions): Logger {
  const level = options.log === 'silent' ? 'silent' : 'info';
  return pino({ level, base: { service: 'coordinator' } }, pino.destination(2));
}

async function answers(transport: Transport): Promise<boolean> {
  try {
    await (await transport.keyValue(BUCKETS.jobs)).keys();
    return true;
  } catch {
    return false;
  }
}
