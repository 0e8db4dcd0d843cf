/** A model.json of tfjs or Keras and the files of weights beside it. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { LockstepClient } from '@lockstep/client';
import { convertLayersModel, formatPinnedModel, LockstepError, weightsManifestOf } from '@lockstep/core';
import type { Output } from '../output/output.js';

type JobObject = Record<string, unknown>;

/**
 * A job whose `model.file` names a model.json, with what is in that file in its place. Weights beside it become a model
 * of the service, `<job>-start`, which the job starts from: after the service has checked the job, so that one it refuses
 * leaves no model behind. Without a client they are left out, as a dry run needs none.
 * Any other job is given back as it is.
 * @param jobFile what `model.file` is beside
 * @throws LockstepError NOT_FOUND, INVALID_MODEL, INVALID_SPEC
 */
export async function withModelFile(
  job: JobObject,
  jobFile: string,
  client: LockstepClient | undefined,
  output: Output,
): Promise<JobObject> {
  const model = isMapping(job['model']) ? job['model'] : {};
  if (typeof model['file'] !== 'string') return job;
  const path = resolve(dirname(jobFile), model['file']);
  const file = await readModelJson(path);
  const topology = isMapping(file) && file['modelTopology'] !== undefined ? file['modelTopology'] : file;
  const inlined = { ...job, model: { ...model, file: { modelTopology: topology } } };
  if (client === undefined || model['initialWeights'] !== undefined || weightsManifestOf(file).length === 0)
    return inlined;
  const weights = await withWeights(path, file);
  await client.jobs.plan(inlined);
  const start = await client.models.import(`${String(job['name']).slice(0, 58)}-start`, weights);
  output.say(`the weights of ${path} are ${start.name}/${start.version}`);
  return { ...job, model: { ...inlined.model, initialWeights: formatPinnedModel(start) } };
}

/** A safetensors file, or a model.json made into one. @throws LockstepError NOT_FOUND, INVALID_MODEL */
export async function readModelFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (!path.endsWith('.json')) return new Uint8Array(await readBytes(path));
  return withWeights(path, await readModelJson(path));
}

async function withWeights(path: string, file: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const groups: Uint8Array[] = [];
  for (const { paths } of weightsManifestOf(file)) {
    const parts: Buffer[] = [];
    for (const name of paths) parts.push(await readBytes(join(dirname(path), name)));
    groups.push(Buffer.concat(parts));
  }
  return convertLayersModel(file, groups);
}

async function readModelJson(path: string): Promise<unknown> {
  try {
    return JSON.parse((await readBytes(path)).toString('utf8'));
  } catch (cause) {
    if (cause instanceof LockstepError) throw cause;
    throw new LockstepError('INVALID_MODEL', `${path} is not JSON`, {
      hint: 'A model.json as tfjs or tensorflowjs_converter writes it is needed.',
      cause,
    });
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LockstepError('NOT_FOUND', `${path} cannot be read: ${reason}`, { cause });
  }
}

function isMapping(value: unknown): value is JobObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
