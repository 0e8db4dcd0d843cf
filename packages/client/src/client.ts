/** The typed client of the coordinator's HTTP API; the command line and the dashboard go through it. */
import type { WorkerStatus } from '@lockstep/core';
import { createDatasetsClient, type DatasetsClient } from './datasets.js';
import { expectObject, expectString } from './expect.js';
import { requestJson } from './http.js';
import { createJobsClient, type JobsClient } from './jobs.js';
import { createModelsClient, type ModelsClient } from './models.js';
import { compileClientOptions, type ClientOptions, type CompiledClientOptions } from './options.js';
import { collectItems, listItems, type ListQuery } from './pages.js';

export interface WorkersClient {
  list(query?: ListQuery): Promise<readonly WorkerStatus[]>;
  stream(query?: ListQuery): AsyncIterable<WorkerStatus>;
  /** Has the worker finish what it computes and leave. @throws LockstepError NOT_FOUND */
  drain(id: string): Promise<WorkerStatus>;
  /** Shuts the worker out, whether it is there or not. */
  revoke(id: string): Promise<WorkerStatus>;
  /** Lets a worker in again. @throws LockstepError NOT_FOUND for one that is not shut out */
  admit(id: string): Promise<void>;
}

/**
 * Every method fails with a LockstepError: the code of the service's problem, UNREACHABLE, TIMEOUT, or the reason of the
 * client's signal.
 */
export interface LockstepClient {
  readonly url: string;
  readonly jobs: JobsClient;
  readonly datasets: DatasetsClient;
  readonly models: ModelsClient;
  readonly workers: WorkersClient;
  /** Of the service. */
  version(): Promise<string>;
}

/** @throws LockstepError INVALID_OPTION for an address that is none. Nothing is sent yet. */
export function createClient(options: ClientOptions): LockstepClient {
  const compiled = compileClientOptions(options);
  return {
    url: compiled.url,
    jobs: createJobsClient(compiled),
    datasets: createDatasetsClient(compiled),
    models: createModelsClient(compiled),
    workers: createWorkersClient(compiled),
    version: async () => {
      const answer = await requestJson(compiled, { method: 'GET', path: '/version' });
      return expectString(expectObject(answer, compiled.url, 'the version')['version'], compiled.url, 'the version');
    },
  };
}

function createWorkersClient(options: CompiledClientOptions): WorkersClient {
  const worker = (item: unknown): WorkerStatus => {
    expectString(expectObject(item, options.url, 'a worker')['id'], options.url, 'the id of a worker');
    return item as WorkerStatus;
  };
  const act = (id: string, action: string): Promise<unknown> =>
    requestJson(options, { method: 'POST', path: `/workers/${encodeURIComponent(id)}/${action}` });
  const stream = ({ pageSize }: ListQuery = {}): AsyncIterable<WorkerStatus> =>
    listItems(options, '/workers', { limit: pageSize }, worker);
  return {
    stream,
    list: (query) => collectItems(stream(query)),
    drain: async (id) => worker(await act(id, 'drain')),
    revoke: async (id) => worker(await act(id, 'revoke')),
    admit: async (id) => {
      await act(id, 'admit');
    },
  };
}
