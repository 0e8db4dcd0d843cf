/** `lockstep train`: submits a job file, follows the job, and ends with its result. */
import type { LockstepClient } from '@lockstep/client';
import type { JobStatus } from '@lockstep/core';
import { connect } from '../connection/connect.js';
import { printResult, type Context } from '../commands/context.js';
import { readJobFile } from '../job-file.js';
import { withModelFile } from '../models/model-file.js';
import { EXIT } from '../output/failure.js';
import { renderPlan } from '../output/plan.js';
import { applySettings } from './settings.js';
import {
  concludeJob,
  curvesFor,
  followUntilEnd,
  interruptible,
  type FollowingOptions,
  type Interruption,
} from './watch-job.js';

export interface TrainOptions extends FollowingOptions {
  readonly set?: readonly string[];
  readonly dryRun?: true;
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

/** @returns the exit code */
export function train(context: Context, file: string, options: TrainOptions): Promise<number> {
  return interruptible(async (interruption) => {
    const client = await connect(context, options, interruption.signal);
    const written = applySettings(await readJobFile(file), options.set ?? []);
    const job = await withModelFile(written, file, options.dryRun === true ? undefined : client, context.output);
    if (options.dryRun === true) return await showPlan(context, client, job, options.json === true);
    return await followSubmitted(context, client, await client.jobs.submit(job), interruption, options);
  });
}

/** Says what was submitted and, unless nobody waits for it, follows it to its end. @returns the exit code */
export async function followSubmitted(
  context: Context,
  client: LockstepClient,
  submitted: JobStatus,
  interruption: Interruption,
  options: FollowingOptions & { readonly wait: boolean },
): Promise<number> {
  const json = options.json === true;
  if (!options.wait) {
    sayNext(context, submitted.id);
    printResult(context, json, submitted, submitted.id);
    return EXIT.done;
  }
  context.output.say(`▶ ${submitted.name} is job ${submitted.id} on ${client.url} · Ctrl-C leaves it running`);
  const status = await followUntilEnd(context, client, submitted, interruption, curvesFor(submitted, options));
  return status === undefined ? EXIT.interrupted : concludeJob(context, status, json);
}

export async function showPlan(context: Context, client: LockstepClient, job: unknown, json: boolean): Promise<number> {
  const plan = await client.jobs.plan(job);
  printResult(context, json, plan, renderPlan(plan));
  return EXIT.done;
}

function sayNext({ output }: Context, id: string): void {
  output.say(`submitted as job ${id} · follow it: ./lockstep job watch ${id}`);
}
