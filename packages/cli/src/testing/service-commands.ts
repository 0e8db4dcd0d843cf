/** Commands run in this process against a service that answers from a table. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlanSummary } from '@lockstep/core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { runCli } from '../cli.js';
import { bareEnvironment, recordOutput } from './fake-programs.js';
import { eventStream, startFakeService, type Answers, type FakeService, type SeenRequest } from './fake-service.js';
import { epochMetrics, jobStatus } from './statuses.js';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface ServiceCommands {
  /** Of the file, with `job.yaml` in it, and where contexts are kept. */
  folder(): string;
  /** Runs a command against a new service that answers with these, else with `ANSWERS`. */
  run(args: readonly string[], answers?: Answers): Promise<Ended>;
  /** What the last command has asked for, as `POST /jobs {…}`. */
  sent(): string[];
  seen(): readonly SeenRequest[];
}

export const sha = 'a'.repeat(64);
/** The job file of `done`. */
export const spec = { name: 'mnist-cnn', training: { epochs: 5, seed: 7 } };
/** Job j-1. */
export const done = {
  ...jobStatus('SUCCEEDED', { id: 'j-1', weightsSha256: sha, history: [epochMetrics(1)] }),
  test: { samples: 20, loss: 0.1, accuracy: 0.9 },
};
/** Job j-2, which came to the same. */
export const again = { ...done, id: 'j-2' };
export const page = (...items: readonly unknown[]): unknown => ({ items, nextCursor: null });
const line = {
  number: 3,
  time: '2026-01-01T10:20:30.456Z',
  level: 'warn',
  worker: null,
  message: 'worker lost',
  details: { worker: 'w2', n: 1 },
};
export const worker = {
  id: 'w1',
  state: 'WORKING',
  threads: 2,
  host: 'box',
  pid: 7,
  jobs: ['j-1'],
  cpuClass: 'avx2',
  memoryBytes: 2 ** 31,
  shares: [{ job: 'j-1', memoryBytes: 2 ** 29, threads: 2 }],
};
const layer = { name: 'dense', type: 'dense', inputShape: [2], outputShape: [1], parameters: 3 };
export const plan: PlanSummary = {
  ...{ name: 'other', parameters: 3, layers: [layer], samples: { train: 5, validation: 0, test: 1 } },
  ...{ sliceSize: 2, slicesPerStep: 3, steps: 2, graphs: 4, memoryBytes: 2 ** 20, bytesPerStepAndWorker: 24 },
};

const ANSWERS: Answers = {
  'GET /jobs': page(done),
  'GET /jobs/j-1': { ...done, spec },
  'GET /jobs/j-2': { ...again, spec },
  'POST /jobs': again,
  'POST /jobs/j-1/retry': again,
  'POST /jobs/j-1/cancel': jobStatus('CANCELLING'),
  'POST /jobs/j-1/pause': jobStatus('PAUSED'),
  'POST /jobs/j-1/resume': jobStatus('QUEUED'),
  'DELETE /jobs/j-1': {},
  'DELETE /jobs/j-2': {},
  'DELETE /models/mnist-cnn/versions/2': {},
  'GET /jobs/j-2/events': eventStream({ type: 'state', status: again } as { type: string }),
  'GET /jobs/j-1/logs': page(line),
  'GET /workers': page(worker),
  'POST /workers/w1/drain': { ...worker, state: 'DRAINING' },
  'POST /workers/w1/revoke': { ...worker, state: 'REVOKED' },
  'POST /workers/w1/admit': { id: 'w1' },
};

/** For a whole file of tests. */
export function serviceCommands(): ServiceCommands {
  let folder = '';
  let service: FakeService | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
    await writeFile(join(folder, 'job.yaml'), 'name: other\ntraining: { epochs: 2 }\n');
  });
  afterEach(async () => {
    await service?.close();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  const seen = (): readonly SeenRequest[] => service?.seen ?? [];
  return {
    folder: () => folder,
    seen,
    sent: () => seen().map(({ call, body }) => `${call} ${body}`.trim()),
    run: async (args, answers = {}) => {
      service = await startFakeService({ ...ANSWERS, ...answers });
      const output = recordOutput();
      const environment = bareEnvironment({ url: service.url, token: 'from-the-environment', configFolder: folder });
      const code = await runCli(args, output, environment);
      return { code, out: output.results.join('\n'), err: output.said.join('\n') };
    },
  };
}
