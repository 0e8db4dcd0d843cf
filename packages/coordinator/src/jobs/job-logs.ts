/**
 * The newest log lines of each job, for GET /jobs/{id}/logs: those that a job's own logger (`log.child({ job })`) has
 * written here, and those that the job's workers have sent.
 */
import { randomUUID } from 'node:crypto';
import type { LogLine } from '@lockstep/core';
import type { LogsFrame } from '@lockstep/proto';
import type { DestinationStream } from 'pino';

export const JOB_LOG_LIMITS = { lines: 1000, jobs: 200, characters: 4000 } as const;

/** Said by every line, or given in a place of its own. */
const COMMON = new Set(['level', 'time', 'service', 'job', 'msg']);

/** Oldest first. */
interface JobLog {
  readonly lines: LogLine[];
  /** By who wrote them. */
  readonly counts: Map<string | null, number>;
}

/** A destination of the log. */
export class JobLogs implements DestinationStream {
  /** Numbers of lines mean something together with this alone: the next coordinator begins again. */
  readonly id = randomUUID();
  /** The job that was heard of last is the last. */
  readonly #logs = new Map<string, JobLog>();
  #count = 0;

  write(text: string): void {
    if (!text.includes('"job":"')) return;
    const written = JSON.parse(text) as Record<string, unknown>;
    const { level, time, job, msg } = written;
    if (typeof job !== 'string') return;
    const details = text.length > JOB_LOG_LIMITS.characters ? {} : detailsOf(written);
    const message = (typeof msg === 'string' ? msg : '').slice(0, JOB_LOG_LIMITS.characters);
    this.#add(job, { time: String(time), worker: null, level: levelOf(level), message, details });
  }

  /** What a worker has sent. Whether it may write to that job's log has been asked before. */
  take({ worker, job, lines, dropped }: LogsFrame): void {
    if (dropped > 0) {
      const message = `${dropped} lines of this worker are left out here: its own log has them`;
      this.#add(job, { time: new Date().toISOString(), worker, level: 'warn', message, details: {} });
    }
    for (const { milliseconds, level, message, details } of lines) {
      const time = new Date(Math.min(milliseconds, LAST_INSTANT)).toISOString();
      this.#add(job, { time, worker, level: levelOf(level), message, details: parseDetails(details) });
    }
  }

  /** Those with a larger number than `after`, oldest first. */
  of(job: string, after = 0): readonly LogLine[] {
    return this.#logs.get(job)?.lines.filter(({ number }) => number > after) ?? [];
  }

  #add(job: string, line: Omit<LogLine, 'number'>): void {
    const log = this.#logs.get(job) ?? { lines: [], counts: new Map<string | null, number>() };
    this.#logs.delete(job);
    this.#logs.set(job, log);
    this.#count += 1;
    log.lines.push({ number: this.#count, ...line });
    log.counts.set(line.worker, (log.counts.get(line.worker) ?? 0) + 1);
    if (log.lines.length > JOB_LOG_LIMITS.lines) makeRoom(log);
    if (this.#logs.size > JOB_LOG_LIMITS.jobs) this.#logs.delete(this.#logs.keys().next().value ?? '');
  }
}

/** The last that a Date can be. */
const LAST_INSTANT = 8.64e15;

/** Takes the oldest line of whoever has written most: one that never stops does not drive out what the others say. */
function makeRoom({ lines, counts }: JobLog): void {
  const [most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  lines.splice(
    lines.findIndex(({ worker }) => worker === most),
    1,
  );
  counts.set(most, (counts.get(most) ?? 0) - 1);
}

function levelOf(level: unknown): LogLine['level'] {
  if (level === 'debug' || level === 'info' || level === 'warn') return level;
  return 'error';
}

function detailsOf(written: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(written).filter(([key]) => !COMMON.has(key)));
}

/** Of a worker, which may send anything. */
function parseDetails(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
