/** `train --continue`: the job file that made a model, as one that goes on with its training. */
import type { LockstepClient } from '@lockstep/client';
import { LockstepError, type ModelReference } from '@lockstep/core';
import type { Context } from '../commands/context.js';
import { connect } from '../connection/connect.js';
import { readJobFile } from '../job-file.js';
import { withModelFile } from '../models/model-file.js';
import { parseModel } from '../models/model-reference.js';
import { applySettings } from './settings.js';
import { followSubmitted, showPlan, type TrainOptions } from './train.js';
import { interruptible } from './watch-job.js';

/**
 * @param reference of the model: `<model>`, `<model>/<version>` or `<model>/<alias>`; the newest where none is named
 * @param file a job file to go on with; without it, the one that the model was trained by
 * @returns the exit code
 */
export function continueTraining(
  context: Context,
  reference: string,
  file: string | undefined,
  options: TrainOptions,
): Promise<number> {
  return interruptible(async (interruption) => {
    const model = parseModel(reference);
    const client = await connect(context, options, interruption.signal);
    const job = await continuedJob(context, client, model, file, options.set ?? []);
    if (options.dryRun === true) return await showPlan(context, client, job, options.json === true);
    return await followSubmitted(context, client, await client.jobs.submit(job), interruption, options);
  });
}

/** @throws LockstepError NOT_FOUND for no such model, INVALID_OPTION for one that no job has trained */
async function continuedJob(
  { output }: Context,
  client: Pick<LockstepClient, 'models'>,
  { name, version: wanted }: ModelReference,
  file: string | undefined,
  settings: readonly string[],
): Promise<Record<string, unknown>> {
  const { version, spec } = await client.models.get(name, wanted);
  // The version, not the alias: with it, what runs is what is printed.
  const continueFrom = `${name}/${version}`;
  if (file !== undefined) {
    const written = applySettings(await readJobFile(file), settings);
    // Weights beside a model.json are left out: the training that goes on has its own.
    return { ...(await withModelFile(written, file, undefined, output)), continueFrom };
  }
  if (typeof spec === 'object' && spec !== null)
    return { ...applySettings(spec as Record<string, unknown>, settings), continueFrom };
  throw new LockstepError('INVALID_OPTION', `${continueFrom} was made by no job that could go on`, {
    hint: 'start from its weights instead: model.initialWeights in a job file',
  });
}
