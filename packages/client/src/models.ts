/** Stored models: versions and their files, aliases, predictions, exports. */
import type { ModelFileEntry, ModelSummary, ModelVersion, Prediction, SplitMetrics } from '@lockstep/core';
import { expectArray, expectObject } from './expect.js';
import { requestBytes, requestJson, requestNothing } from './http.js';
import type { CompiledClientOptions } from './options.js';
import { collectItems, listItems, withQuery, type ListQuery } from './pages.js';

export const MODEL_FORMATS = ['tfjs', 'savedmodel', 'safetensors'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** A number, or an alias such as `champion` or `latest`. */
export type VersionOrAlias = number | string;

export interface Predictions {
  /** Parallel to the instances. */
  readonly predictions: readonly Prediction[];
  readonly model: { readonly name: string; readonly version: number };
}

/** What a model's answers for a split came to. */
export interface ModelEvaluation {
  readonly model: { readonly name: string; readonly version: number };
  readonly dataset: { readonly name: string; readonly version: number; readonly split: string };
  readonly metrics: SplitMetrics;
}

/** An evaluation goes over a whole split. */
const EVALUATION_MILLISECONDS = 30 * 60_000;
/** The service may work on a large model for minutes before its first byte comes, or after ours have gone. */
const MODEL_TRANSFER = { transfer: true, timeoutMilliseconds: 5 * 60_000 } as const;

export interface ModelsClient {
  list(query?: ListQuery): Promise<readonly ModelSummary[]>;
  stream(query?: ListQuery): AsyncIterable<ModelSummary>;
  /** Newest last. @throws LockstepError NOT_FOUND */
  versions(name: string): Promise<readonly ModelVersion[]>;
  /** @throws LockstepError NOT_FOUND */
  get(name: string, version: VersionOrAlias): Promise<ModelVersion>;
  /** The files of a version, such as `model.json`. */
  versionFiles(name: string, version: VersionOrAlias): Promise<readonly ModelFileEntry[]>;
  downloadFile(name: string, version: VersionOrAlias, file: string): Promise<Uint8Array<ArrayBuffer>>;
  /** A tar archive. */
  export(name: string, version: VersionOrAlias, format: ModelFormat): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Makes the next version out of a safetensors file, as `export` gives one; the same again gives the version that is
   * there. @throws LockstepError INVALID_MODEL
   */
  import(name: string, safetensors: Uint8Array<ArrayBuffer>): Promise<ModelVersion>;
  /** @throws LockstepError NOT_FOUND, INVALID_INSTANCES */
  predict(name: string, instances: readonly unknown[], version?: VersionOrAlias): Promise<Predictions>;
  /**
   * Takes up to 30 minutes, whatever the client's deadline for other requests.
   * @param data a split, such as `mnist/test`
   * @throws LockstepError NOT_FOUND, INVALID_DATASET where the dataset is none for the model
   */
  evaluate(name: string, data: string, version?: VersionOrAlias): Promise<ModelEvaluation>;
  /** Points the alias to the version, wherever it pointed before. */
  setAlias(name: string, alias: string, version: number): Promise<void>;
  /** The version's number. @throws LockstepError NOT_FOUND */
  getAlias(name: string, alias: string): Promise<number>;
  deleteAlias(name: string, alias: string): Promise<void>;
  /** @throws LockstepError NOT_FOUND, CONFLICT while an alias or a job that is not over names it */
  deleteVersion(name: string, version: number): Promise<void>;
}

export function createModelsClient(options: CompiledClientOptions): ModelsClient {
  return {
    ...createVersions(options),
    ...createAnswers(options),
    ...createAliases(options),
  };
}

type AnswerNames = 'predict' | 'evaluate';
type AliasNames = 'setAlias' | 'getAlias' | 'deleteAlias';

function createVersions(options: CompiledClientOptions): Omit<ModelsClient, AliasNames | AnswerNames> {
  const summary = (item: unknown): ModelSummary =>
    expectObject(item, options.url, 'a model') as unknown as ModelSummary;
  const version = (item: unknown): ModelVersion =>
    expectObject(item, options.url, 'a version of a model') as unknown as ModelVersion;
  const get = (path: string): Promise<unknown> => requestJson(options, { method: 'GET', path });
  const stream = ({ pageSize }: ListQuery = {}): AsyncIterable<ModelSummary> =>
    listItems(options, '/models', { limit: pageSize }, summary);
  return {
    stream,
    list: (query) => collectItems(stream(query)),
    versions: (name) => collectItems(listItems(options, modelPath(name, 'versions'), {}, version)),
    get: async (name, wanted) => version(await get(modelPath(name, 'versions', wanted))),
    versionFiles: async (name, wanted) => {
      const answer = expectObject(await get(modelPath(name, 'versions', wanted, 'files')), options.url, 'the files');
      return expectArray(answer['items'], options.url, 'the files') as readonly ModelFileEntry[];
    },
    downloadFile: (name, wanted, file) =>
      requestBytes(options, {
        method: 'GET',
        path: modelPath(name, 'versions', wanted, 'files', file),
        transfer: true,
      }),
    export: (name, wanted, format) =>
      requestBytes(options, {
        method: 'GET',
        path: withQuery(modelPath(name, 'versions', wanted, 'export'), { format }),
        ...MODEL_TRANSFER,
      }),
    import: async (name, bytes) =>
      version(
        await requestJson(options, { method: 'POST', path: modelPath(name, 'versions'), bytes, ...MODEL_TRANSFER }),
      ),
    deleteVersion: (name, wanted) =>
      requestNothing(options, { method: 'DELETE', path: modelPath(name, 'versions', wanted) }),
  };
}

function createAnswers(options: CompiledClientOptions): Pick<ModelsClient, AnswerNames> {
  return {
    predict: async (name, instances, wanted) => {
      const path = withQuery(modelPath(name, 'predict'), { version: wanted });
      const answer = await requestJson(options, { method: 'POST', path, json: { instances } });
      const { predictions } = expectObject(answer, options.url, 'the predictions');
      expectArray(predictions, options.url, 'the predictions');
      return answer as Predictions;
    },
    evaluate: async (name, data, wanted) => {
      const path = withQuery(modelPath(name, 'evaluate'), { version: wanted });
      const answer = await requestJson(options, {
        ...{ method: 'POST', path, json: { data } },
        timeoutMilliseconds: EVALUATION_MILLISECONDS,
      });
      return expectObject(answer, options.url, 'the evaluation') as unknown as ModelEvaluation;
    },
  };
}

function createAliases(options: CompiledClientOptions): Pick<ModelsClient, AliasNames> {
  const path = (name: string, alias: string): string => modelPath(name, 'aliases', alias);
  return {
    setAlias: (name, alias, version) =>
      requestNothing(options, { method: 'PUT', path: path(name, alias), json: { version } }),
    getAlias: async (name, alias) => {
      const answer = await requestJson(options, { method: 'GET', path: path(name, alias) });
      return Number(expectObject(answer, options.url, 'the alias')['version']);
    },
    deleteAlias: (name, alias) => requestNothing(options, { method: 'DELETE', path: path(name, alias) }),
  };
}

function modelPath(...parts: readonly VersionOrAlias[]): string {
  return ['/models', ...parts.map((part) => encodeURIComponent(part))].join('/');
}
