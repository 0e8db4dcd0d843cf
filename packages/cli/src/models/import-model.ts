/** `lockstep model import`: makes a version of a model out of a file. */
import { readFile } from 'node:fs/promises';
import type { LockstepClient } from '@lockstep/client';
import { LockstepError } from '@lockstep/core';
import { printResult, type Context } from '../commands/context.js';

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

async function readModelFile(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LockstepError('NOT_FOUND', `${file} cannot be read: ${reason}`, { cause });
  }
}
