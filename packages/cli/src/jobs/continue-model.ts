/** `train --continue`: the job file that made a model, as one that goes on with its training. */
import type { LockstepClient } from '@lockstep/client';
import { LockstepError } from '@lockstep/core';
import type { Context } from '../commands/context.js';
import { connect } from '../connection/connect.js';
import { readJobFile } from '../job-file.js';
import { withModelFile } from '../models/model-file.js';
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
    // Weights beside a model.json are left out: the training that goes on has its own.
    const written =
      file === undefined ? undefined : await withModelFile(await readJobFile(file), file, undefined, context.output);
    const client = await connect(context, options, interruption.signal);
    const job = applySettings(await continuedJob(client, reference, written), options.set ?? []);
    if (options.dryRun === true) return await showPlan(context, client, job, options.json === true);
    return await followSubmitted(context, client, await client.jobs.submit(job), interruption, options);
  });
}

/** @throws LockstepError NOT_FOUND for no such model, INVALID_OPTION for one that no job has trained */
async function continuedJob(
  client: Pick<LockstepClient, 'models'>,
  reference: string,
  file: Record<string, unknown> | undefined,
): Promise<Record<string, unknown>> {
  const [name = '', wanted = 'latest', ...rest] = reference.split('/');
  if (name === '' || wanted === '' || rest.length > 0) {
    throw new LockstepError('INVALID_OPTION', `${JSON.stringify(reference)} names no model`, {
      hint: 'write it like mnist-mlp, mnist-mlp/3 or mnist-mlp/champion',
    });
  }
  const { version, spec } = await client.models.get(name, wanted);
  // The version, not the alias: with it, what runs is what is printed.
  const continueFrom = `${name}/${version}`;
  if (file !== undefined) return { ...file, continueFrom };
  if (typeof spec === 'object' && spec !== null) return { ...(spec as Record<string, unknown>), continueFrom };
  throw new LockstepError('INVALID_OPTION', `${continueFrom} was made by no job that could go on`, {
    hint: 'start from its weights instead: model.initialWeights in a job file',
  });
}
