/** Who counts what happens in all jobs together; the metrics do. */
import type { JobStatus, RejectReason } from '@lockstep/core';
import type { RefusalReason } from '@lockstep/proto';

/**
 * What a step's time goes into, one after the other: until the first part is there, until the last one is, the last
 * additions, the update, and handing the new parameters to the bus.
 */
export const STEP_PHASES = ['compute', 'gather', 'reduce', 'apply', 'broadcast'] as const;
export type StepPhase = (typeof STEP_PHASES)[number];

/** Why frames and parts are dropped. */
export type DropReason =
  RejectReason | RefusalReason | 'wrong-size' | 'stale-job' | 'foreign-worker' | 'revoked-worker';

export interface TrainingObserver {
  /** A job came to its final state. */
  jobEnded(status: Pick<JobStatus, 'state' | 'failure'>): void;
  /** A step was applied, whose minibatch's sum was there so long after it was handed out. */
  stepDone(seconds: number): void;
  stepPhase(phase: StepPhase, seconds: number): void;
  /** A step was given up before its end, or not applied since its loss or gradient is not finite. */
  stepNotDone(outcome: 'abandoned' | 'not_finite'): void;
  /** A part with so many training samples was taken from the worker. */
  processed(worker: string, samples: number): void;
  reissued(slices: number, reason: 'lost' | 'late'): void;
  checkpointWritten(seconds: number): void;
  checkpointFailed(): void;
  /** A job goes on from a checkpoint that was read and checked in this time. */
  checkpointRestored(seconds: number): void;
  /** A frame or part was dropped. */
  rejected(reason: DropReason): void;
}
