/** Who counts what happens in all jobs together; the metrics do. */
import type { JobState } from '@lockstep/core';

export interface TrainingObserver {
  /** A job came to its final state. */
  jobEnded(state: JobState): void;
  /** A minibatch's sum is there, so long after it was handed out. */
  stepDone(seconds: number): void;
  /** A step was given up before its end. */
  stepAbandoned(): void;
  /** A part with so many training samples was taken from the worker. */
  processed(worker: string, samples: number): void;
  reissued(slices: number, reason: 'lost' | 'late'): void;
  checkpointWritten(seconds: number): void;
  checkpointFailed(): void;
  /** A frame or part was dropped. */
  rejected(reason: string): void;
}
