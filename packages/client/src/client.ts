/** The typed client of the coordinator's HTTP API; the command line and the dashboard go through it. */
import {
  datasetManifestSchema,
  type DatasetManifest,
  type JobEvent,
  type JobStatus,
  type WorkerStatus,
} from '@lockstep/core';
import { expectArray, expectJobStatus, expectObject, expectString } from './expect.js';
import { requestBytes, requestJson, type HttpRequest } from './http.js';
import { followJob } from './job-events.js';
import { compileClientOptions, type ClientOptions, type CompiledClientOptions } from './options.js';
import { strangeAnswer } from './problem.js';

/** What a dry run says about a job: for people and for `--json`, so its members are not fixed here. */
export type JobPlan = Readonly<Record<string, unknown>>;

export interface JobsClient {
  /** @throws LockstepError INVALID_SPEC with one fault a line, for a spec that the service refuses. */
  submit(spec: unknown): Promise<JobStatus>;
  /** Checks and plans the job without running it. */
  plan(spec: unknown): Promise<JobPlan>;
  get(id: string): Promise<JobStatus>;
  list(): Promise<readonly JobStatus[]>;
  cancel(id: string): Promise<JobStatus>;
  /** Every event until the job's final state, over as many connections as it takes. */
  events(id: string): AsyncIterable<JobEvent>;
}

export interface DatasetsClient {
  /** The shards must be there already. Putting the same manifest again is no error, another one is a CONFLICT. */
  put(manifest: DatasetManifest): Promise<void>;
  list(): Promise<readonly DatasetManifest[]>;
  get(name: string): Promise<DatasetManifest>;
  /** `sha256` of the bytes in hexadecimal digits: the service checks it. */
  uploadShard(name: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

export interface ModelsClient {
  /** Names of the files of the job's model. */
  files(jobId: string): Promise<readonly string[]>;
  download(jobId: string, file: string): Promise<Uint8Array<ArrayBuffer>>;
}

export interface LockstepClient {
  readonly url: string;
  readonly jobs: JobsClient;
  readonly datasets: DatasetsClient;
  readonly models: ModelsClient;
  readonly workers: { list(): Promise<readonly WorkerStatus[]> };
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
    workers: {
      list: async () => (await getList(compiled, '/workers')) as readonly WorkerStatus[],
    },
    version: async () => {
      const answer = expectObject(await get(compiled, '/version'), compiled.url, 'the version');
      return expectString(answer['version'], compiled.url, 'the version');
    },
  };
}

function createJobsClient(options: CompiledClientOptions): JobsClient {
  const status = async (request: HttpRequest): Promise<JobStatus> =>
    expectJobStatus(await requestJson(options, request), options.url);
  return {
    submit: (spec) => status({ method: 'POST', path: '/jobs', json: spec }),
    plan: async (spec) => {
      const plan = await requestJson(options, { method: 'POST', path: '/jobs?dryRun=true', json: spec });
      return expectObject(plan, options.url, 'the plan');
    },
    get: (id) => status({ method: 'GET', path: `/jobs/${encodeURIComponent(id)}` }),
    list: async () => (await getList(options, '/jobs')).map((item) => expectJobStatus(item, options.url)),
    cancel: (id) => status({ method: 'POST', path: `/jobs/${encodeURIComponent(id)}/cancel` }),
    events: (id) => followJob(options, id),
  };
}

function createDatasetsClient(options: CompiledClientOptions): DatasetsClient {
  const path = (name: string): string => `/datasets/${encodeURIComponent(name)}`;
  const manifest = (value: unknown): DatasetManifest => {
    const parsed = datasetManifestSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw strangeAnswer(options.url, `a dataset's manifest is not valid: ${parsed.error.issues[0]?.message ?? ''}`);
  };
  return {
    put: async (value) => {
      await requestBytes(options, { method: 'PUT', path: path(value.name), json: value });
    },
    list: async () => (await getList(options, '/datasets')).map(manifest),
    get: async (name) => manifest(await get(options, path(name))),
    uploadShard: async (name, sha256, bytes) => {
      await requestBytes(options, { method: 'PUT', path: `${path(name)}/shards/${sha256}`, bytes });
    },
  };
}

function createModelsClient(options: CompiledClientOptions): ModelsClient {
  const path = (jobId: string): string => `/jobs/${encodeURIComponent(jobId)}/model`;
  return {
    files: async (jobId) => (await getList(options, path(jobId))).map((item) => fileName(item, options.url)),
    download: (jobId, file) =>
      requestBytes(options, { method: 'GET', path: `${path(jobId)}/${encodeURIComponent(file)}` }),
  };
}

/** A file of a model is listed by its name, alone or among what else is known about it. */
function fileName(item: unknown, url: string): string {
  const name = typeof item === 'string' ? item : expectObject(item, url, 'a file of the model')['name'];
  return expectString(name, url, 'the name of a file of the model');
}

function get(options: CompiledClientOptions, path: string): Promise<unknown> {
  return requestJson(options, { method: 'GET', path });
}

async function getList(options: CompiledClientOptions, path: string): Promise<readonly unknown[]> {
  return expectArray(await get(options, path), options.url, path);
}
