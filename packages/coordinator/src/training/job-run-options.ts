/** What a run of a job is given, what it tells while it runs, and how it ends. */
import type { DatasetManifest, EpochMetrics, JobPlan, JobProgress } from '@lockstep/core';
import type { Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import type { Checkpoint } from '../checkpoints/checkpoint-file.js';
import type { CheckpointWriter } from '../checkpoints/checkpoint-writer.js';
import type { CompiledJob } from '../compile/compile-thread.js';
import type { TrainingResult } from './training-loop.js';
import type { DropReason, StepPhase } from './training-observer.js';

export interface JobRunOptions {
  readonly transport: Transport;
  readonly log: Logger;
  readonly job: string;
  readonly term: number;
  readonly plan: JobPlan;
  readonly compiled: CompiledJob;
  /** Of the job's dataset. */
  readonly manifest: DatasetManifest;
  readonly listener: JobRunListener;
  /** Where to go on; undefined: at the start. */
  readonly start: Checkpoint | undefined;
  readonly checkpoints: CheckpointWriter;
}

export interface JobRunListener {
  progress(progress: JobProgress): void;
  /** @param bestEpoch of those so far, where the job watches a value */
  epochEnded(metrics: EpochMetrics, bestEpoch: number | null): void;
  /** A worker became ready for the job, or is not any more. */
  workersChanged(worker: string, change: string, ready: number): void;
  waiting(sentence: string): void;
  reissued(slices: number, reason: 'lost' | 'late'): void;
  rejected(reason: DropReason): void;
  /** A part with so many training samples was taken from the worker. */
  processed(worker: string, samples: number): void;
  /** A step was applied, whose minibatch's sum was there so long after it was handed out. */
  stepDone(seconds: number): void;
  stepPhase(phase: StepPhase, seconds: number): void;
  stepNotDone(outcome: 'abandoned' | 'not_finite'): void;
}

export interface JobRunResult extends TrainingResult {
  /** What a later job goes on from. */
  readonly state: Checkpoint;
  readonly weightsSha256: string;
  /** Over all terms, as far as what they did counts. */
  readonly trainingSeconds: number;
  readonly samplesPerSecond: number;
}

export type JobRunOutcome =
  | { readonly type: 'finished'; readonly result: JobRunResult }
  /** It was told to stop before its end. */
  | { readonly type: 'stopped' };
