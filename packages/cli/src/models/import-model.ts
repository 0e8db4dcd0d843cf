/** `lockstep model import`: makes a version of a model out of a file. */
import type { LockstepClient } from '@lockstep/client';
import { printResult, type Context } from '../commands/context.js';
import { readModelFile } from './model-file.js';

/** @throws LockstepError NOT_FOUND for a file that cannot be read, INVALID_MODEL */
export async function importModel(
  context: Context,
  { models }: LockstepClient,
  name: string,
  file: string,
  json: boolean,
): Promise<void> {
  const model = await models.import(name, await readModelFile(file));
  context.output.say(`${file} is ${model.name}/${model.version}`);
  printResult(context, json, model, '');
}
