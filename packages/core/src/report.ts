/** What the service says about a job: its status while it runs, and the report at its end. */

export const JOB_STATES = [
  'QUEUED',
  'STARTING',
  'RUNNING',
  'PAUSED',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States that a job does not leave. */
export function isFinal(state: JobState): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';
}

/** What a principal may do: look, submit and change its own jobs, datasets and models, or everything. */
export const SCOPES = ['read', 'submit', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks. `admin` sees every job, others only their own: another's job is NOT_FOUND to them. */
export interface Principal {
  readonly owner: string;
  readonly scopes: readonly Scope[];
}

/** Everyone, where no tokens are: the embedded cluster and others that listen on loopback only. */
export const LOCAL_PRINCIPAL: Principal = { owner: 'local', scopes: SCOPES };

/** Part of a list. `nextCursor` asks for what follows; null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Averages over the samples of a split. */
export interface SplitMetrics {
  readonly samples: number;
  /** Mean loss a sample. */
  readonly loss: number;
  /** Share of samples whose most probable class is the right one; absent for tasks without classes. */
  readonly accuracy?: number;
  /** rows: true class, columns: predicted class; absent for tasks without classes. */
  readonly confusion?: readonly (readonly number[])[];
}

/** One line of the history, at the end of each epoch. */
export interface EpochMetrics {
  readonly epoch: number;
  readonly steps: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly train: SplitMetrics;
  readonly validation?: SplitMetrics;
}

export interface JobProgress {
  /** Optimiser steps committed so far, and in the whole job. */
  readonly step: number;
  readonly steps: number;
  /** 1-based epoch that is under way. */
  readonly epoch: number;
  readonly epochs: number;
  /** Running averages over the steps of this epoch so far. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** Of the last finished epoch. */
  readonly validationAccuracy: number | null;
  readonly samplesPerSecond: number;
  /** Estimated seconds to the end; null while nothing is known. */
  readonly etaSeconds: number | null;
}

export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The body of GET /api/v1/jobs/{id}; `train` and `test` are there once the job has SUCCEEDED. */
export interface JobStatus {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  /** Why the job is in this state: what it waits for, or why it failed. */
  readonly reason: string;
  readonly term: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly progress: JobProgress;
  readonly history: readonly EpochMetrics[];
  readonly workers: number;
  readonly parameters: number;
  readonly weightsSha256: string | null;
  readonly steps: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly train: SplitMetrics | null;
  readonly validation: SplitMetrics | null;
  readonly test: SplitMetrics | null;
  readonly classNames: readonly string[];
  /** Slices that were given out again because a worker was lost or late. */
  readonly reissuedSlices: number;
  /** Parts that were counted and dropped, by reason. */
  readonly rejectedParts: Readonly<Record<string, number>>;
  readonly failure: JobFailure | null;
}

/** What GET /api/v1/jobs/{id}/events sends, one JSON object a server-sent event named by `type`. */
export type JobEvent =
  | { readonly type: 'state'; readonly status: JobStatus }
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | { readonly type: 'epoch'; readonly epoch: EpochMetrics }
  | { readonly type: 'worker'; readonly worker: string; readonly change: string };

/** An element of GET /api/v1/workers. */
export interface WorkerStatus {
  readonly id: string;
  readonly state: 'IDLE' | 'WORKING' | 'DRAINING' | 'LOST';
  readonly threads: number;
  readonly host: string;
  readonly pid: number;
  readonly jobs: readonly string[];
  readonly cpuClass: string;
}

/** RFC 9457 problem details, with the project's own `code`, `hint` and `faults`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint?: string;
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}
