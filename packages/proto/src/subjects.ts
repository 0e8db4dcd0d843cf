/**
 * The names under which frames travel. A worker's own name is a token of every subject that it publishes to, so that
 * the server's permissions can hold it to them, and the coordinator can compare the token with the frame.
 */
import { LockstepError } from '@lockstep/core';

const PREFIX = 'lockstep.v1';
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether `name` can be a token of a subject: no dots, wildcards or spaces. Worker, job and session ids must be. */
export function isToken(name: string): boolean {
  return TOKEN.test(name);
}

function token(what: string, name: string): string {
  if (isToken(name)) return name;
  throw new LockstepError('INVALID_OPTION', `The ${what} id ${JSON.stringify(name.slice(0, 80))} cannot be used.`, {
    hint: 'Use 1 to 64 of the characters A-Z, a-z, 0-9, _ and -.',
  });
}

export const subjects = {
  /** Requests to take part (hello), answered with welcome. */
  hello: (worker: string): string => `${PREFIX}.hello.${token('worker', worker)}`,
  /** Where workers of version 1 of the protocol say hello, all of them. */
  formerHello: `${PREFIX}.hello`,
  /** Requests for a credential of the worker's own, answered with enrolled. */
  enrol: (worker: string): string => `${PREFIX}.enrol.${token('worker', worker)}`,
  /** Control, worker to coordinator: heartbeat. */
  heartbeat: (worker: string): string => `${PREFIX}.heartbeat.${token('worker', worker)}`,
  /** Control, worker to coordinator: prepared, parametersReceived, pullParameters, failed, leave. */
  request: (worker: string): string => `${PREFIX}.request.${token('worker', worker)}`,
  /** Control, worker to coordinator: logs. */
  logs: (worker: string): string => `${PREFIX}.logs.${token('worker', worker)}`,
  /** Bulk, worker to coordinator: part. */
  part: (worker: string): string => `${PREFIX}.part.${token('worker', worker)}`,
  /** Control, coordinator to one worker: prepare, credit, release, drain. */
  order: (worker: string): string => `${PREFIX}.order.${token('worker', worker)}`,
  /** Bulk, coordinator to one worker: parameters that it pulled. */
  bulk: (worker: string): string => `${PREFIX}.bulk.${token('worker', worker)}`,
  /** Control, coordinator to all workers of a job: begin. */
  jobBegin: (job: string): string => `${PREFIX}.job.${token('job', job)}.begin`,
  /** Bulk, coordinator to all workers of a job: parameters. */
  jobParameters: (job: string): string => `${PREFIX}.job.${token('job', job)}.parameters`,
  /** What the coordinator subscribes to. */
  allHellos: `${PREFIX}.hello.*`,
  allEnrolments: `${PREFIX}.enrol.*`,
  allHeartbeats: `${PREFIX}.heartbeat.*`,
  allRequests: `${PREFIX}.request.*`,
  allLogs: `${PREFIX}.logs.*`,
  allParts: `${PREFIX}.part.*`,
} as const;

const FROM_WORKER = new RegExp(
  `^${PREFIX.replaceAll('.', '\\.')}\\.(?:hello|enrol|heartbeat|request|logs|part)\\.([A-Za-z0-9_-]{1,64})$`,
);

/** The worker that may publish to `subject`; undefined when it is not a subject of one worker's own. */
export function workerOf(subject: string): string | undefined {
  return FROM_WORKER.exec(subject)?.[1];
}
