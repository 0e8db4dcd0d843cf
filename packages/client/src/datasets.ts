/** Datasets: upload, list, look at, delete. */
import { datasetManifestSchema, type DatasetManifest } from '@lockstep/core';
import { expectObject } from './expect.js';
import { requestJson, requestNothing } from './http.js';
import type { CompiledClientOptions } from './options.js';
import { collectItems, listItems, withQuery, type ListQuery } from './pages.js';
import { isNotFound, strangeAnswer } from './problem.js';

export interface PreviewQuery {
  /** `train` by default. */
  readonly split?: string;
  /** Samples at most. */
  readonly limit?: number;
  /** The newest by default. */
  readonly version?: number;
}

export interface DatasetsClient {
  /** The shards must be there already. Putting the same manifest again is no error. */
  put(manifest: DatasetManifest): Promise<void>;
  /** The newest version of each dataset. */
  list(query?: ListQuery): Promise<readonly DatasetManifest[]>;
  stream(query?: ListQuery): AsyncIterable<DatasetManifest>;
  /** The newest version by default. @throws LockstepError NOT_FOUND */
  get(name: string, version?: number): Promise<DatasetManifest>;
  /** All versions of a dataset. */
  versions(name: string): Promise<readonly DatasetManifest[]>;
  /** Some samples, for people: what they look like depends on the dataset. */
  preview(name: string, query?: PreviewQuery): Promise<Readonly<Record<string, unknown>>>;
  /** Whether the service has the shard already. */
  hasShard(name: string, sha256: string): Promise<boolean>;
  /** `sha256` of the bytes in hexadecimal digits: the service checks it. */
  uploadShard(name: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** All versions by default. @throws LockstepError CONFLICT while a job uses it */
  delete(name: string, version?: number): Promise<void>;
}

export function createDatasetsClient(options: CompiledClientOptions): DatasetsClient {
  const path = (name: string, below = ''): string => `/datasets/${encodeURIComponent(name)}${below}`;
  const shardPath = (name: string, sha256: string): string => path(name, `/shards/${encodeURIComponent(sha256)}`);
  const manifest = (value: unknown): DatasetManifest => {
    const parsed = datasetManifestSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw strangeAnswer(options.url, `a dataset's manifest is not valid: ${parsed.error.issues[0]?.message ?? ''}`);
  };
  const get = (address: string): Promise<unknown> => requestJson(options, { method: 'GET', path: address });
  const stream = ({ pageSize }: ListQuery = {}): AsyncIterable<DatasetManifest> =>
    listItems(options, '/datasets', { limit: pageSize }, manifest);
  return {
    stream,
    put: (value) => requestNothing(options, { method: 'PUT', path: path(value.name), json: value }),
    list: (query) => collectItems(stream(query)),
    get: async (name, version) => manifest(await get(withQuery(path(name), { version }))),
    versions: (name) => collectItems(listItems(options, path(name, '/versions'), {}, manifest)),
    preview: async (name, query = {}) =>
      expectObject(await get(withQuery(path(name, '/preview'), { ...query })), options.url, 'the preview'),
    hasShard: async (name, sha256) => {
      try {
        await requestNothing(options, { method: 'HEAD', path: shardPath(name, sha256) });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    uploadShard: (name, sha256, bytes) =>
      requestNothing(options, { method: 'PUT', path: shardPath(name, sha256), bytes }),
    delete: (name, version) => requestNothing(options, { method: 'DELETE', path: withQuery(path(name), { version }) }),
  };
}
