/** Follows a job to its end, showing it, and does what was asked for half-way. */
import { LockstepError, isFinal, type JobEvent, type JobStatus } from '@lockstep/core';
import type { JobDisplay } from '../output/job-display.js';
import type { CurveWriter } from '../tensorboard/curve-writer.js';

export interface FollowOptions {
  readonly display: JobDisplay;
  /** Where the job's curves go besides. */
  readonly curves?: CurveWriter;
  /** Called once, when half of the steps are committed and the job still runs. */
  readonly atHalf?: (status: JobStatus) => void;
}

/** @throws LockstepError INTERNAL if the events end without a final state. */
export async function followJob(events: AsyncIterable<JobEvent>, options: FollowOptions): Promise<JobStatus> {
  let status: JobStatus | undefined;
  let { atHalf } = options;
  try {
    for await (const event of events) {
      options.display.show(event);
      options.curves?.show(event);
      if (event.type === 'state') status = event.status;
      if (event.type === 'progress' && status !== undefined) status = { ...status, progress: event.progress };
      if (status === undefined) continue;
      if (atHalf !== undefined && isHalfDone(status)) {
        atHalf(status);
        atHalf = undefined;
      }
    }
  } finally {
    options.display.end();
  }
  // Epochs may follow the final state: what ends the events is their end.
  if (status !== undefined && isFinal(status.state)) return status;
  throw new LockstepError('INTERNAL', 'the events of the job ended before the job did');
}

function isHalfDone({ state, progress }: JobStatus): boolean {
  return state === 'RUNNING' && progress.steps > 0 && progress.step * 2 >= progress.steps;
}
