/** `--tensorboard`: writes a job's curves while it is followed, in a folder of the job with one below it for each run. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LockstepError, type JobEvent, type JobStatus } from '@lockstep/core';
import { scalarRecord, versionRecord } from './event-file.js';
import { NOTHING_WRITTEN, pointsOf, type RunName } from './job-scalars.js';

export interface CurveWriter {
  /** @throws LockstepError INVALID_OPTION where the folder cannot be written to */
  show(event: JobEvent): void;
}

/**
 * Each file is whole after every event: whatever ends the command, TensorBoard reads what was written.
 * @param now seconds since 1970
 */
export function createCurveWriter(
  folder: string,
  { name, id }: Pick<JobStatus, 'name' | 'id'>,
  now: () => number = () => Date.now() / 1000,
): CurveWriter {
  const files = new Map<RunName, string>();
  let written = NOTHING_WRITTEN;
  const fileOf = (run: RunName): string => {
    const known = files.get(run);
    if (known !== undefined) return known;
    const runFolder = join(folder, `${name}-${id}`, run);
    mkdirSync(runFolder, { recursive: true });
    const file = join(runFolder, `events.out.tfevents.${Math.floor(now())}.${hostname()}.${process.pid}`);
    appendFileSync(file, versionRecord(now()));
    files.set(run, file);
    return file;
  };
  return {
    show: (event) => {
      const { points, written: after } = pointsOf(event, written);
      written = after;
      try {
        for (const { run, scalar, wallSeconds } of points)
          appendFileSync(fileOf(run), scalarRecord(wallSeconds ?? now(), scalar));
      } catch (cause) {
        throw new LockstepError('INVALID_OPTION', `the curves cannot be written to ${folder}: ${String(cause)}`, {
          hint: 'give --tensorboard a folder that can be written to',
          cause,
        });
      }
    },
  };
}
