/** `lockstep verify`: a finished job once more, from its start, and whether the same bits come out. */
import type { LockstepClient } from '@lockstep/client';
import { isLockstepError, LockstepError, type JobStatus } from '@lockstep/core';
import { printResult, type Context } from '../commands/context.js';
import type { JobOptions } from '../commands/job-options.js';
import { connect } from '../connection/connect.js';
import { EXIT, exitCodeOfState } from '../output/failure.js';
import { concludeFailure, followUntilEnd, interruptible } from './watch-job.js';

export interface VerifyOptions extends JobOptions {
  readonly keep?: true;
}

/** @returns the exit code: 0 for equal weights, 1 for others or a run that failed */
export function verifyJob(context: Context, id: string, options: VerifyOptions): Promise<number> {
  const { output } = context;
  return interruptible(async (interruption) => {
    const client = await connect(context, options, interruption.signal);
    const before = await client.jobs.get(id);
    if (before.state !== 'SUCCEEDED' || before.weightsSha256 === null) {
      throw new LockstepError(
        'CONFLICT',
        `job ${id} is ${before.state.toLowerCase()}: it has no weights to compare with`,
        {
          hint: 'wait for its end with `lockstep job watch`, or verify another',
        },
      );
    }
    const submitted = await client.jobs.retry(id);
    output.say(`▶ ${before.name} runs again as job ${submitted.id} on ${client.url} · Ctrl-C leaves it running`);
    const again = await followUntilEnd(context, client, submitted, interruption);
    if (again === undefined) return EXIT.interrupted;
    return await concludeVerification(context, client, [before, again], options);
  });
}

async function concludeVerification(
  context: Context,
  client: LockstepClient,
  [before, again]: readonly [JobStatus, JobStatus],
  { json, keep }: VerifyOptions,
): Promise<number> {
  const { output } = context;
  const { style } = output;
  const weightsSha256 = [before.weightsSha256, again.weightsSha256] as const;
  const same = weightsSha256[0] === weightsSha256[1];
  const kept = !same || keep === true || !(await forget(client, again));
  const result = { job: before.id, again: again.id, state: again.state, same, weightsSha256, kept };
  printResult(
    context,
    json === true,
    result,
    [`${before.id}  ${weightsSha256[0] ?? '–'}`, `${again.id}  ${weightsSha256[1] ?? '–'}`].join('\n'),
  );
  if (again.state !== 'SUCCEEDED') {
    concludeFailure(context, again);
    return exitCodeOfState(again.state);
  }
  output.say(same ? `${style.good('✔')} the same weights, bit by bit` : `${style.bad('✖')} the weights differ`);
  const model = again.model === null ? '' : ` and its model ${again.model.name}/${again.model.version}`;
  output.say(`  job ${again.id}${model} ${kept ? 'are kept' : 'are deleted again: they said nothing new'}`);
  return same ? EXIT.done : EXIT.failed;
}

/** Deletes what a job that has proved its point has made, and the job. @returns whether both are gone */
async function forget({ jobs, models }: LockstepClient, { id, model }: JobStatus): Promise<boolean> {
  try {
    if (model !== null) await models.deleteVersion(model.name, model.version);
    await jobs.delete(id);
    return true;
  } catch (error) {
    // Somebody has given the version a name or trains on with it meanwhile, or is not allowed to delete.
    if (isLockstepError(error, 'CONFLICT') || isLockstepError(error, 'FORBIDDEN')) return false;
    throw error;
  }
}
