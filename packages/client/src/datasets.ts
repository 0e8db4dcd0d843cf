/** Datasets: upload, list, look at, delete. */
import {
  datasetManifestSchema,
  datasetPreviewSchema,
  type DatasetManifest,
  type DatasetManifestInput,
  type DatasetPreview,
} from '@lockstep/core';
import { expectArray, expectObject } from './expect.js';
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
  /**
   * Makes a version visible; its shards must be there already. The service gives it the next number, or answers with
   * the newest version where that is the very same.
   */
  put(manifest: DatasetManifestInput): Promise<DatasetManifest>;
  /** The newest version of each dataset. */
  list(query?: ListQuery): Promise<readonly DatasetManifest[]>;
  stream(query?: ListQuery): AsyncIterable<DatasetManifest>;
  /** The newest version by default. @throws LockstepError NOT_FOUND */
  get(name: string, version?: number): Promise<DatasetManifest>;
  /** All versions of a dataset, the newest first. */
  versions(name: string): Promise<readonly DatasetManifest[]>;
  /** The first samples of a split, for people: rows of a table, pictures, or values. */
  preview(name: string, query?: PreviewQuery): Promise<DatasetPreview>;
  /** Whether the service has the shard already. */
  hasShard(name: string, sha256: string): Promise<boolean>;
  /** `sha256` of the bytes in hexadecimal digits: the service checks it. */
  uploadShard(name: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * All versions by default.
   * @returns the versions that are gone
   * @throws LockstepError CONFLICT while a job uses it
   */
  delete(name: string, version?: number): Promise<readonly number[]>;
}

/** As zod makes them. */
interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly { readonly message: string }[] } };
}

export function createDatasetsClient(options: CompiledClientOptions): DatasetsClient {
  const path = (name: string, below = ''): string => `/datasets/${encodeURIComponent(name)}${below}`;
  const shardPath = (name: string, sha256: string): string => path(name, `/shards/${encodeURIComponent(sha256)}`);
  const read = <T>(schema: Schema<T>, what: string, value: unknown): T => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw strangeAnswer(options.url, `${what} is not valid: ${parsed.error.issues[0]?.message ?? ''}`);
  };
  const manifest = (value: unknown): DatasetManifest => read(datasetManifestSchema, "a dataset's manifest", value);
  const get = (address: string): Promise<unknown> => requestJson(options, { method: 'GET', path: address });
  const stream = ({ pageSize }: ListQuery = {}): AsyncIterable<DatasetManifest> =>
    listItems(options, '/datasets', { limit: pageSize }, manifest);
  return {
    stream,
    put: async (value) => manifest(await requestJson(options, { method: 'PUT', path: path(value.name), json: value })),
    list: (query) => collectItems(stream(query)),
    get: async (name, version) => manifest(await get(withQuery(path(name), { version }))),
    versions: (name) => collectItems(listItems(options, path(name, '/versions'), {}, manifest)),
    preview: async (name, query = {}) =>
      read(datasetPreviewSchema, 'the preview', await get(withQuery(path(name, '/preview'), { ...query }))),
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
      requestNothing(options, { method: 'PUT', path: shardPath(name, sha256), bytes, transfer: true }),
    delete: async (name, version) => {
      const gone = await requestJson(options, { method: 'DELETE', path: withQuery(path(name), { version }) });
      return expectArray(expectObject(gone, options.url, 'the deletion')['deleted'], options.url, 'versions').map(
        Number,
      );
    },
  };
}
