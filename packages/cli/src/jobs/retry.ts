/** `lockstep job retry`: a job that is over once more, the same or changed, followed as `train` follows one. */
import type { LockstepClient } from '@lockstep/client';
import { LockstepError } from '@lockstep/core';
import { connect } from '../connection/connect.js';
import type { Context } from '../commands/context.js';
import { readJobFile } from '../job-file.js';
import { withModelFile } from '../models/model-file.js';
import { applySettings } from './settings.js';
import { followSubmitted } from './train.js';
import { interruptible, type FollowingOptions } from './watch-job.js';

export interface RetryOptions extends FollowingOptions {
  readonly set?: readonly string[];
  readonly job?: string;
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

/** @returns the exit code */
export function retryJob(context: Context, id: string, options: RetryOptions): Promise<number> {
  return interruptible(async (interruption) => {
    const client = await connect(context, options, interruption.signal);
    const submitted = await client.jobs.retry(id, await changedSpec(context, client, id, options));
    return await followSubmitted(context, client, submitted, interruption, options);
  });
}

/** Undefined for the job file that the service has anyway. */
async function changedSpec(
  { output }: Context,
  client: LockstepClient,
  id: string,
  { set = [], job }: RetryOptions,
): Promise<unknown> {
  if (job !== undefined) return withModelFile(applySettings(await readJobFile(job), set), job, client, output);
  if (set.length === 0) return undefined;
  return applySettings(specOf(await client.jobs.get(id)), set);
}

/** @throws LockstepError CONFLICT for a service that does not tell job files */
function specOf({ id, spec }: { readonly id: string; readonly spec?: unknown }): Record<string, unknown> {
  if (typeof spec === 'object' && spec !== null && !Array.isArray(spec)) return spec as Record<string, unknown>;
  throw new LockstepError('CONFLICT', `the service does not tell the job file of job ${id}`, {
    hint: 'hand it over with --job <file>',
  });
}
