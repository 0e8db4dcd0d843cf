/** `lockstep verify`: a finished job once more, from its start, and whether the same bits come out. */
import type { LockstepClient } from '@lockstep/client';
import { isLockstepError, LockstepError, type ErrorCode, type JobStatus } from '@lockstep/core';
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
  const { kept, why } = !same || keep === true ? KEPT : await forget(client, again);
  printResult(
    context,
    json === true,
    { job: before.id, again: again.id, state: again.state, same, weightsSha256, kept },
    [`${before.id}  ${weightsSha256[0] ?? '–'}`, `${again.id}  ${weightsSha256[1] ?? '–'}`].join('\n'),
  );
  if (again.state !== 'SUCCEEDED') {
    concludeFailure(context, again);
    return exitCodeOfState(again.state);
  }
  output.say(same ? `${style.good('✔')} the same weights, bit by bit` : `${style.bad('✖')} the weights differ`);
  for (const line of renderKept(again, kept)) output.say(`  ${line}`);
  if (why !== undefined) output.say(`  ${why}`);
  return same ? EXIT.done : EXIT.failed;
}

/** Null where the service did not say whether it is there. */
type IsKept = boolean | null;

interface Forgotten {
  readonly kept: { readonly job: IsKept; readonly model: IsKept };
  readonly why?: string;
}

const KEPT: Forgotten = { kept: { job: true, model: true } };

/**
 * Deletes what a job that has proved its point has made, and then the job: one whose model stays is kept with it. Never
 * fails: what was found out is worth more than an orderly end.
 */
async function forget({ jobs, models }: LockstepClient, { id, model }: JobStatus): Promise<Forgotten> {
  const ofModel = model === null ? GONE : await isKeptAfter(models.deleteVersion(model.name, model.version));
  if (ofModel.kept !== false) return { kept: { job: true, model: ofModel.kept }, why: ofModel.why };
  const ofJob = await isKeptAfter(jobs.delete(id));
  return { kept: { job: ofJob.kept, model: false }, ...(ofJob.kept !== false && { why: ofJob.why }) };
}

type Deletion = typeof GONE | { readonly kept: true | null; readonly why: string };
const GONE = { kept: false } as const;
/** Codes of a service that has seen the request and refused it: an alias or a job names the version, or a scope is missing. */
const REFUSALS: readonly ErrorCode[] = ['CONFLICT', 'FORBIDDEN', 'UNAUTHENTICATED', 'RATE_LIMITED'];

async function isKeptAfter(deletion: Promise<void>): Promise<Deletion> {
  try {
    await deletion;
    return GONE;
  } catch (error) {
    if (isLockstepError(error, 'NOT_FOUND')) return GONE;
    const refused = isLockstepError(error) && REFUSALS.includes(error.code);
    return { kept: refused ? true : null, why: error instanceof Error ? error.message : String(error) };
  }
}

function renderKept({ id, model }: JobStatus, kept: Forgotten['kept']): string[] {
  const things: [string, IsKept][] = [[`job ${id}`, kept.job]];
  if (model !== null) things.push([`model ${model.name}/${model.version}`, kept.model]);
  const line = (state: IsKept, is: (names: string, verb: string) => string): string[] => {
    const names = things.flatMap(([name, thing]) => (thing === state ? [name] : []));
    return names.length === 0 ? [] : [is(names.join(' and '), names.length === 1 ? 'is' : 'are')];
  };
  return [
    ...line(true, (names, verb) => `${names} ${verb} kept`),
    ...line(null, (names) => `whether the service still has ${names} is not known`),
    ...line(false, (names, verb) => `${names} ${verb} deleted again`),
  ];
}
