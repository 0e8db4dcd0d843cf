/**
 * Follows a job that runs on a service: until its end, with its report, or until Ctrl-C, which leaves the job alone and
 * says how to come back to it.
 */
import type { LockstepClient } from '@lockstep/client';
import { isFinal, isLockstepError, type JobStatus } from '@lockstep/core';
import type { Context } from '../commands/context.js';
import { connect, type ConnectionOptions } from '../connection/connect.js';
import { interruptedError, listenForInterrupts } from '../interrupts.js';
import { EXIT, exitCodeOfState, renderJobFailure } from '../output/failure.js';
import { createJobDisplay } from '../output/job-display.js';
import { buildReport, renderReport } from '../output/report.js';
import { createCurveWriter, type CurveWriter } from '../tensorboard/curve-writer.js';
import { followJob } from './follow-job.js';

/** What a command that can be interrupted hands to its client, and what tells it that it was. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly happened: () => boolean;
}

/** The options of every command that follows a job to its end. */
export interface FollowingOptions extends ConnectionOptions {
  readonly json?: true;
  readonly tensorboard?: string;
}

export function curvesFor(
  job: JobStatus,
  { tensorboard }: { readonly tensorboard?: string | undefined },
): CurveWriter | undefined {
  return tensorboard === undefined ? undefined : createCurveWriter(tensorboard, job);
}

/** Runs `action`; the first Ctrl-C aborts its signal, the second ends the process. */
export async function interruptible<T>(action: (interruption: Interruption) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stopListening = listenForInterrupts({
    first: (signal) => {
      controller.abort(interruptedError(signal));
    },
    second: () => process.exit(EXIT.interrupted),
  });
  try {
    return await action({ signal: controller.signal, happened: () => controller.signal.aborted });
  } finally {
    stopListening();
  }
}

/**
 * @param client made with the signal of `interruption`
 * @returns the final status; undefined when it was interrupted, which has been said then
 */
export async function followUntilEnd(
  { output }: Context,
  client: LockstepClient,
  { id, name }: JobStatus,
  interruption: Interruption,
  curves?: CurveWriter,
): Promise<JobStatus | undefined> {
  try {
    return await followJob(client.jobs.events(id), {
      display: createJobDisplay(output),
      ...(curves === undefined ? {} : { curves }),
    });
  } catch (error) {
    // What is wrong here, such as the folder of the curves, is nothing to the job.
    if (interruption.happened() || isLockstepError(error, 'INVALID_OPTION')) {
      output.say(
        [
          `\n${output.style.strong(name)} goes on without this command, as job ${id}`,
          `  come back:  ./lockstep job watch ${id}`,
          `  cancel it:  ./lockstep job cancel ${id}`,
        ].join('\n'),
      );
    }
    if (interruption.happened()) return undefined;
    throw error;
  }
}

/** The report on stdout and the last lines on stderr. @returns the exit code */
export function concludeJob(context: Context, status: JobStatus, json: boolean): number {
  const { output } = context;
  const report = buildReport(status);
  output.result(json ? JSON.stringify(report, undefined, 2) : renderReport(report, output.resultColumns()));
  if (status.state === 'SUCCEEDED') {
    output.say(`${output.style.good('✔')} ${output.style.strong(status.name)} is done${madeModel(status)}`);
  } else concludeFailure(context, status);
  return exitCodeOfState(status.state);
}

function madeModel({ model }: JobStatus): string {
  return model === null ? '' : ` · its model: ./lockstep model get ${model.name}/${model.version}`;
}

/** Why a job did not end well, on stderr. */
export function concludeFailure({ output }: Context, status: JobStatus): void {
  for (const line of renderJobFailure(status, output.style)) output.say(line);
}

/** `lockstep job watch`. @returns the exit code */
export function watchJob(context: Context, id: string, options: FollowingOptions): Promise<number> {
  return interruptible(async (interruption) => {
    const client = await connect(context, options, interruption.signal);
    const before = await client.jobs.get(id);
    const curves = curvesFor(before, options);
    const status = isFinal(before.state) ? before : await followUntilEnd(context, client, before, interruption, curves);
    // Of a job that was over before, this is all there is to draw.
    if (status !== undefined) curves?.show({ type: 'state', status });
    return status === undefined ? EXIT.interrupted : concludeJob(context, status, options.json === true);
  });
}
