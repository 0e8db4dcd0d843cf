/**
 * What the service says about jobs and workers, and to whom: one schema each, from which come the types here, the
 * check of answers in tests and the OpenAPI document.
 */
import { z } from 'zod';

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
export const jobStateSchema = z.enum(JOB_STATES);
export type JobState = z.infer<typeof jobStateSchema>;

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

const whole = z.number().int().min(0);
const share = z.number().min(0).max(1);

/** Averages over the samples of a split. What a task does not have is absent. */
export const splitMetricsSchema = z
  .object({
    samples: whole,
    loss: z
      .number()
      .nullable()
      .describe(
        'mean loss a sample, by the class weights if there are any; metrics are never weighted. null: not finite, as JSON has no infinity',
      ),
    accuracy: share.exactOptional().describe('share of samples whose most probable class is the right one'),
    precision: share
      .exactOptional()
      .describe('of the samples taken for the second class, the share that is; absent if none was taken for it'),
    recall: share
      .exactOptional()
      .describe('of the samples of the second class, the share that was found; absent if there are none'),
    meanAbsoluteError: z
      .number()
      .min(0)
      .nullable()
      .exactOptional()
      .describe('mean over samples and values; null: not finite'),
    rSquared: z
      .number()
      .exactOptional()
      .describe(
        '1 is perfect, 0 is as good as the mean; averaged over values, absent where one hardly varies or it is not finite',
      ),
    confusion: z
      .array(z.array(whole).readonly())
      .readonly()
      .exactOptional()
      .describe('rows: true class, columns: predicted class'),
  })
  .meta({ id: 'SplitMetrics' });
export type SplitMetrics = Readonly<z.infer<typeof splitMetricsSchema>>;

/** A metric as `splitMetricsSchema` has it: null where float32 or the sum of an evaluation overflowed. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** One line of the history, at the end of each epoch. */
export const epochMetricsSchema = z
  .object({
    epoch: whole.describe('1 is the first'),
    steps: whole.describe('steps of the job so far'),
    seconds: z.number().min(0),
    samplesPerSecond: z.number().min(0),
    train: splitMetricsSchema,
    validation: splitMetricsSchema.exactOptional(),
  })
  .meta({ id: 'EpochMetrics' });
export type EpochMetrics = Readonly<z.infer<typeof epochMetricsSchema>>;

export const jobProgressSchema = z
  .object({
    step: whole.describe('optimiser steps committed so far'),
    steps: whole.describe('of the whole job'),
    epoch: whole.describe('the one under way; 1 is the first'),
    epochs: whole,
    loss: z.number().nullable().describe('mean over the samples of this epoch so far'),
    accuracy: z.number().nullable().describe('over the samples of this epoch so far'),
    validationAccuracy: z.number().nullable().describe('of the last finished epoch'),
    learningRate: z.number().nullable().describe('of the last step'),
    gradientNorm: z.number().nullable().describe('Euclidean norm of the averaged gradient of the last step'),
    samplesPerSecond: z.number().min(0),
    etaSeconds: z.number().nullable().describe('estimated seconds to the end; null while nothing is known'),
  })
  .meta({ id: 'JobProgress' });
export type JobProgress = Readonly<z.infer<typeof jobProgressSchema>>;

export const jobFailureSchema = z
  .object({ code: z.string(), message: z.string(), hint: z.string().exactOptional() })
  .meta({ id: 'JobFailure' });
export type JobFailure = Readonly<z.infer<typeof jobFailureSchema>>;

const instant = z.string().describe('ISO 8601, UTC');

/** What a list shows of a job; `train` and `test` are there once the job has SUCCEEDED. */
export const jobStatusSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    owner: z.string().describe('whose token submitted it'),
    state: jobStateSchema,
    reason: z.string().describe('why the job is in this state: what it waits for, or why it failed'),
    queuePosition: whole.nullable().describe('1 is the next; null where the job is not QUEUED'),
    priority: z.number().int().describe('larger goes first'),
    term: whole.describe('how many times a coordinator has taken the job up'),
    createdAt: instant,
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    progress: jobProgressSchema,
    history: z.array(epochMetricsSchema).readonly(),
    workers: whole.describe('that hold the job now'),
    dataset: z.object({ name: z.string(), version: whole, sha256: z.string() }).readonly().nullable(),
    parameters: whole,
    checkpoint: z.object({ step: whole, at: instant }).readonly().nullable().describe('the newest'),
    bestEpoch: whole.nullable().describe('the epoch with the best monitored value, where the job monitors one'),
    model: z.object({ name: z.string(), version: whole }).readonly().nullable().describe('what the job has made'),
    weightsSha256: z.string().nullable(),
    steps: whole,
    epochs: whole,
    seconds: z.number().min(0),
    samplesPerSecond: z.number().min(0),
    train: splitMetricsSchema.nullable(),
    validation: splitMetricsSchema.nullable(),
    test: splitMetricsSchema.nullable(),
    classNames: z.array(z.string()).readonly(),
    reissuedSlices: whole.describe('slices that were given out again because a worker was lost or late'),
    rejectedParts: z.record(z.string(), whole).readonly().describe('parts counted and dropped, by reason'),
    failure: jobFailureSchema.nullable(),
  })
  .meta({ id: 'JobStatus' });
export type JobStatus = Readonly<z.infer<typeof jobStatusSchema>>;

/** The body of GET /api/v1/jobs/{id}: the status, and the job file as it was submitted. */
export const jobDetailSchema = jobStatusSchema
  .extend({ spec: z.unknown().describe('the job file, with the versions of its data') })
  .meta({ id: 'JobDetail' });
export type JobDetail = JobStatus & { readonly spec: unknown };

const shape = z.array(whole).readonly();

/** The body of POST /api/v1/jobs?dryRun=true: shapes, parameters, slices and costs of a job, without running it. */
export const planSummarySchema = z
  .object({
    name: z.string(),
    parameters: whole,
    layers: z
      .array(z.object({ name: z.string(), type: z.string(), inputShape: shape, outputShape: shape, parameters: whole }))
      .readonly(),
    samples: z.object({ train: whole, validation: whole, test: whole }),
    sliceSize: whole.describe('samples in a slice'),
    slicesPerStep: whole,
    steps: whole,
    graphs: whole.describe('that are recorded for the job'),
    memoryBytes: whole.describe('estimate, for one thread of a worker'),
    bytesPerStepAndWorker: whole.describe('parameters down, and at least one gradient up'),
  })
  .meta({ id: 'PlanSummary' });
export type PlanSummary = Readonly<z.infer<typeof planSummarySchema>>;

/** What GET /api/v1/jobs/{id}/events sends, one JSON object a server-sent event named by `type`. */
export type JobEvent =
  | { readonly type: 'state'; readonly status: JobStatus }
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | { readonly type: 'epoch'; readonly epoch: EpochMetrics }
  | { readonly type: 'worker'; readonly worker: string; readonly change: string };

/** The body of GET /api/v1/jobs/{id}/metrics: the curves. */
export const jobMetricsSchema = z
  .object({
    epochs: z.array(epochMetricsSchema).readonly(),
    recent: z.array(jobProgressSchema).readonly().describe('progress of the last while, oldest first'),
  })
  .meta({ id: 'JobMetrics' });
export type JobMetrics = Readonly<z.infer<typeof jobMetricsSchema>>;

/** An element of GET /api/v1/jobs/{id}/checkpoints. */
export const checkpointStatusSchema = z
  .object({ step: whole, term: whole, sha256: z.string(), bytes: whole, at: instant })
  .meta({ id: 'CheckpointStatus' });
export type CheckpointStatus = Readonly<z.infer<typeof checkpointStatusSchema>>;

/** An element of GET /api/v1/jobs/{id}/logs. */
export const logLineSchema = z
  .object({
    number: whole,
    time: instant,
    worker: z.string().nullable().describe('which one wrote it; null: the coordinator'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).readonly(),
  })
  .meta({ id: 'LogLine' });
export type LogLine = Readonly<z.infer<typeof logLineSchema>>;

/** What a job takes of a worker. */
export const workerShareSchema = z
  .object({
    job: z.string(),
    memoryBytes: whole.describe('estimated, for all threads'),
    threads: z.number().min(0).describe('while every job of the worker has work for it; more when others have none'),
  })
  .meta({ id: 'WorkerShare' });

/** An element of GET /api/v1/workers. */
export const workerStatusSchema = z
  .object({
    id: z.string(),
    state: z
      .enum(['IDLE', 'WORKING', 'DRAINING', 'LOST', 'REVOKED'])
      .describe('REVOKED: shut out, and not in the cluster'),
    threads: whole,
    host: z.string(),
    pid: whole,
    memoryBytes: whole.describe('what all its jobs together may take; 0 when it has not said'),
    jobs: z.array(z.string()).readonly().describe('that it holds'),
    shares: z.array(workerShareSchema).readonly().describe('what each of these takes'),
    cpuClass: z.string(),
  })
  .meta({ id: 'WorkerStatus' });
export type WorkerStatus = Readonly<z.infer<typeof workerStatusSchema>>;

/** RFC 9457 problem details, with the project's own `code`, `hint` and `faults`. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().describe('stable: see the list of errors'),
    hint: z.string().exactOptional().describe('what to do about it'),
    faults: z
      .array(z.object({ path: z.string(), message: z.string() }).readonly())
      .readonly()
      .exactOptional()
      .describe('of an invalid input: where each fault is, and what would be right'),
  })
  .meta({ id: 'Problem' });
export type Problem = Readonly<z.infer<typeof problemSchema>>;
