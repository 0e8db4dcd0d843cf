/** `lockstep model export`: brings a model into a folder. */
import { join } from 'node:path';
import type { LockstepClient, ModelFormat } from '@lockstep/client';
import type { ModelReference } from '@lockstep/core';
import { printResult, type Context } from '../commands/context.js';
import { CLI_DEFAULTS } from '../options.js';
import { writeModel } from './write-model.js';

/** How the model is opened where it is for. */
const OPENED: Readonly<Record<ModelFormat, (folder: string) => string>> = {
  tfjs: (folder) => `tf.loadLayersModel('file://${folder}/model.json')`,
  savedmodel: (folder) => `tf.saved_model.load(${JSON.stringify(folder)}).signatures["serving_default"]`,
  safetensors: (folder) => `lockstep model import NAME ${folder}/model.safetensors`,
};

export interface ExportModelOptions {
  readonly format: ModelFormat;
  readonly out?: string;
  readonly json?: true;
}

/** @throws LockstepError NOT_FOUND, MODEL_NOT_RECORDABLE, INVALID_OPTION for a folder that cannot be made */
export async function exportModel(
  context: Context,
  client: LockstepClient,
  { name, version: wanted }: ModelReference,
  { format, out, json }: ExportModelOptions,
): Promise<void> {
  const { version } = await client.models.get(name, wanted);
  const folder = out ?? join(CLI_DEFAULTS.outDir, `${name}-${version}-${format}`);
  const files = await writeModel(client, { name, version, format }, folder);
  context.output.say(`${name}/${version} is in ${folder}: ${files.join(', ')}\n${OPENED[format](folder)}`);
  printResult(context, json === true, { name, version, format, folder, files }, folder);
}
