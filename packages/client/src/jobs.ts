/** Jobs: submit, look, follow, steer. */
import type { JobEvent, JobMetrics, JobState, JobStatus, LogLine, PlanSummary } from '@lockstep/core';
import { expectArray, expectJobStatus, expectObject } from './expect.js';
import { IDEMPOTENCY_KEY, requestJson, requestNothing, type HttpRequest } from './http.js';
import { followJob } from './job-events.js';
import { followLogLines, listLogLines } from './job-logs.js';
import type { CompiledClientOptions } from './options.js';
import { collectItems, listItems, type ListQuery } from './pages.js';

/** A job with the job file as it was submitted. */
export type JobWithSpec = JobStatus & { readonly spec?: unknown };

export interface SubmitOptions {
  /** Names this submission: with the same key and the same job the service makes one job. Made up by default. */
  readonly idempotencyKey?: string;
}

export interface JobQuery extends ListQuery {
  /** Only jobs in one of these states. */
  readonly states?: readonly JobState[];
}

export interface JobsClient {
  /**
   * Queues a job. Sent again by itself, with the same key, when the connection was dropped.
   * @throws LockstepError INVALID_SPEC with one fault a line, MODEL_NOT_RECORDABLE, QUEUE_FULL
   */
  submit(spec: unknown, options?: SubmitOptions): Promise<JobStatus>;
  /** Checks and plans the job without running it. @throws LockstepError INVALID_SPEC */
  plan(spec: unknown): Promise<PlanSummary>;
  /** @throws LockstepError NOT_FOUND, also for a job of someone else */
  get(id: string): Promise<JobWithSpec>;
  /** All jobs at once; see `stream` for many. */
  list(query?: JobQuery): Promise<readonly JobStatus[]>;
  /** Jobs one by one, newest first; asks for a page when it is needed. */
  stream(query?: JobQuery): AsyncIterable<JobStatus>;
  /** @throws LockstepError CONFLICT for a job that is over */
  cancel(id: string): Promise<JobStatus>;
  /** Keeps the job from starting, or stops it after the step that is under way. @throws LockstepError CONFLICT */
  pause(id: string): Promise<JobStatus>;
  /** @throws LockstepError CONFLICT for a job that is not paused */
  resume(id: string): Promise<JobStatus>;
  /** A new job like one that is over, or with another spec. @throws LockstepError CONFLICT */
  retry(id: string, spec?: unknown): Promise<JobStatus>;
  /** Forgets a job that is over; its model stays. @throws LockstepError CONFLICT */
  delete(id: string): Promise<void>;
  /**
   * Every event until the job is over, over as many connections as it takes. A state comes first; epochs that ended before it
   * and were not told of follow each state, the final one too, so that each epoch is there once, in order.
   */
  events(id: string): AsyncIterable<JobEvent>;
  /** The curves: what each finished epoch came to, and the progress of the last while. */
  metrics(id: string): Promise<JobMetrics>;
  /** The newest lines that coordinator and workers have logged about the job, oldest first: those with a larger number than `after`. */
  logs(id: string, after?: number): Promise<readonly LogLine[]>;
  /**
   * These, and each new one until the job is over, also when the coordinator is restarted meanwhile: what it has noted
   * since comes then, and what was not read before is lost with the one before.
   * @throws LockstepError NOT_FOUND; UNREACHABLE once nothing was heard for the client's patience
   */
  followLogs(id: string): AsyncIterable<LogLine>;
}

export function createJobsClient(options: CompiledClientOptions): JobsClient {
  const status = async (request: HttpRequest): Promise<JobStatus> =>
    expectJobStatus(await requestJson(options, request), options.url);
  const path = (id: string, action = ''): string => `/jobs/${encodeURIComponent(id)}${action}`;
  const act = (id: string, action: string): Promise<JobStatus> => status({ method: 'POST', path: path(id, action) });
  const stream = ({ states, pageSize }: JobQuery = {}): AsyncIterable<JobStatus> =>
    listItems(options, '/jobs', { state: states, limit: pageSize }, (item) => expectJobStatus(item, options.url));
  return {
    stream,
    submit: (spec, { idempotencyKey = crypto.randomUUID() } = {}) =>
      status({ method: 'POST', path: '/jobs', json: spec, headers: { [IDEMPOTENCY_KEY]: idempotencyKey } }),
    plan: async (spec) =>
      expectPlan(await requestJson(options, { method: 'POST', path: '/jobs?dryRun=true', json: spec }), options.url),
    get: (id) => status({ method: 'GET', path: path(id) }),
    list: (query) => collectItems(stream(query)),
    cancel: (id) => act(id, '/cancel'),
    pause: (id) => act(id, '/pause'),
    resume: (id) => act(id, '/resume'),
    retry: (id, spec) =>
      status({ method: 'POST', path: path(id, '/retry'), ...(spec === undefined ? {} : { json: spec }) }),
    delete: (id) => requestNothing(options, { method: 'DELETE', path: path(id) }),
    events: (id) => followJob(options, id),
    metrics: async (id) => {
      const answer = await requestJson(options, { method: 'GET', path: path(id, '/metrics') });
      const metrics = expectObject(answer, options.url, 'the metrics of a job');
      expectArray(metrics['epochs'], options.url, 'the epochs of a job');
      return metrics as unknown as JobMetrics;
    },
    logs: (id, after = 0) => listLogLines(options, id, after),
    followLogs: (id) => followLogLines(options, id),
  };
}

function expectPlan(value: unknown, url: string): PlanSummary {
  const plan = expectObject(value, url, 'the plan');
  expectArray(plan['layers'], url, 'the layers of the plan');
  expectObject(plan['samples'], url, 'the samples of the plan');
  return plan as unknown as PlanSummary;
}
